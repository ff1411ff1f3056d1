"""HDFS with one data node."""

import subprocess

from services.hadoop import HadoopService
from services.ports import free_ports

NAME_NODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATA_NODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"


class Hdfs(HadoopService):
    """A name node and a data node. Daemons: ``namenode``, ``datanode``.

    Whoever runs the tests is its superuser.
    """

    def __init__(self):
        super().__init__("hdfs")
        self._ports = free_ports(5)
        self.url = f"hdfs://localhost:{self._ports[0]}"
        self.web_url = f"http://localhost:{self._ports[1]}"
        self._write_configuration()
        self._add_hadoop("namenode", NAME_NODE, "STATE* Leaving safe mode")
        self._add_hadoop("datanode", DATA_NODE, "successfully registered with NN")

    def start(self):
        if not (self.folder / "name").exists():
            self._format()
        super().start()

    def _format(self):
        command = self._java("-Xmx256m", NAME_NODE, "-format", "-nonInteractive")
        subprocess.run(list(map(str, command)), env=self.env, check=True, capture_output=True)

    def _write_configuration(self):
        rpc, web, data, data_ipc, data_web = self._ports
        self._write_settings(
            "core-site",
            {"fs.defaultFS": f"hdfs://localhost:{rpc}", "hadoop.tmp.dir": self.folder / "tmp"},
        )
        self._write_settings(
            "hdfs-site",
            {
                "dfs.client.use.datanode.hostname": "true",
                "dfs.datanode.address": f"127.0.0.1:{data}",
                "dfs.datanode.data.dir": f"file://{self.folder}/data",
                "dfs.datanode.hostname": "localhost",
                "dfs.datanode.http.address": f"127.0.0.1:{data_web}",
                "dfs.datanode.ipc.address": f"127.0.0.1:{data_ipc}",
                "dfs.heartbeat.interval": 1,
                "dfs.namenode.datanode.registration.ip-hostname-check": "false",
                "dfs.namenode.http-address": f"localhost:{web}",
                "dfs.namenode.name.dir": f"file://{self.folder}/name",
                "dfs.namenode.safemode.extension": 0,
                "dfs.replication": 1,
            },
        )
