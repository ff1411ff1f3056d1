"""YARN with one node manager, over HDFS, for MapReduce jobs."""

import shutil

import httpx

from services.hadoop import HadoopService
from services.ports import free_ports
from services.yarn_settings import mapreduce_settings, yarn_settings

RESOURCE_MANAGER = "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager"
NODE_MANAGER = "org.apache.hadoop.yarn.server.nodemanager.NodeManager"
QUEUES = {
    "yarn.scheduler.capacity.maximum-am-resource-percent": "1.0",
    "yarn.scheduler.capacity.root.default.capacity": 100,
    "yarn.scheduler.capacity.root.queues": "default",
}
"""Hadoop's own file of these is in no jar, and the resource manager does not start without it."""


class Yarn(HadoopService):
    """A resource manager and a node manager of 3 GiB. Daemons: ``resourcemanager``, ``nodemanager``.

    :param hdfs: what jobs work on. Its settings are part of YARN's, so :attr:`env` serves clients of both.
    """

    def __init__(self, hdfs):
        super().__init__("yarn")
        ports = free_ports(8)
        self.web_url = f"http://localhost:{ports[0]}"
        for name in ("core-site.xml", "hdfs-site.xml"):
            shutil.copy(hdfs.conf / name, self.conf)
        self._write_settings("yarn-site", yarn_settings(self, ports))
        self._write_settings("mapred-site", mapreduce_settings(self))
        self._write_settings("capacity-scheduler", QUEUES)
        self._add_hadoop("resourcemanager", RESOURCE_MANAGER, "Web app cluster started at")
        self._add_hadoop("nodemanager", NODE_MANAGER, "Registered with ResourceManager")

    def application(self, application):
        """Return what the resource manager says of an application.

        :param application: its id.
        """
        return httpx.get(self._url(application)).raise_for_status().json()["app"]

    def kill_application(self, application):
        """Ask the resource manager to kill an application; it takes a moment to obey.

        :param application: its id.
        """
        httpx.put(f"{self._url(application)}/state", json={"state": "KILLED"}).raise_for_status()

    def masters(self, application):
        """Return the JVM of an application's master; after a fault there may be an old one beside it.

        :param application: its id.
        """
        return self._containers(application, "MRAppMaster")

    def tasks(self, application):
        """Return the JVMs of an application's map and reduce tasks.

        :param application: its id.
        """
        return self._containers(application, "YarnChild")

    def logs(self):
        """Return the ends of the daemons' logs, and what containers wrote to their standard error."""
        files = {file: file.read_text(errors="replace") for file in self.folder.glob("container-logs/*/*/stderr")}
        return super().logs() | {file.parent.name: text[-2_000:] for file, text in files.items() if text}

    def _containers(self, application, kind):
        return self.processes("java", f"container{application.removeprefix('application')}_", kind)

    def _url(self, application):
        return f"{self.web_url}/ws/v1/cluster/apps/{application}"
