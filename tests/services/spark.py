"""Spark from the jars of PyPI's pyspark: standalone, and on YARN."""

import importlib.util
import sys
from pathlib import Path

import httpx

from services.java import SMALL_AND_QUICK, java_home
from services.ports import free_ports
from services.service import Service

WORKERS = 2
HOME = Path(importlib.util.find_spec("pyspark").origin).parent


class SparkStandalone(Service):
    """A master and two workers of two cores and 1 GiB. Daemons: ``master``, ``worker0``, ``worker1``.

    A plain ``spark-submit`` with :attr:`env` goes to it, and gets one executor of one core and 512 MiB on each worker.
    """

    def __init__(self):
        super().__init__("spark")
        self.home = HOME
        port, web_port, *worker_ports = free_ports(2 + WORKERS)
        self.master_url = f"spark://127.0.0.1:{port}"
        self._web = f"http://127.0.0.1:{web_port}"
        own = {
            "spark.master": self.master_url,
            "spark.cores.max": WORKERS,
            "spark.executor.cores": 1,
            "spark.master.rest.enabled": "false",  # its port is always 6066
        }
        write_defaults(self.folder, own)
        self._add_spark("master", "I have been elected leader", "--port", port, "--webui-port", web_port)
        for number, port in enumerate(worker_ports):
            resources = ["--cores", 2, "--memory", "1g", "--work-dir", self.folder / f"work{number}"]
            addresses = ["--port", port, "--webui-port", 0, self.master_url]
            self._add_spark(f"worker{number}", "Successfully registered with master", *resources, *addresses)

    @property
    def settings(self):
        return client_settings(self.folder)

    def applications(self):
        """Return what the master says of the applications that run or have ended, the last first."""
        state = httpx.get(f"{self._web}/json/").raise_for_status().json()
        return sorted(state["activeapps"] + state["completedapps"], key=lambda app: app["starttime"], reverse=True)

    def kill_application(self, application):
        """Kill an application, as the button on the master's page does.

        :param application: its id.
        """
        httpx.post(f"{self._web}/app/kill/", data={"id": application, "terminate": "true"})

    def executors(self):
        """Return the JVMs of the executors of all applications."""
        return self.processes("java", "CoarseGrainedExecutorBackend")

    def _add_spark(self, name, ready, *options):
        kind = name.rstrip("0123456789")
        program = f"org.apache.spark.deploy.{kind}.{kind.title()}"
        command = [self.home / "bin" / "spark-class", program, "--host", "127.0.0.1", *options]
        java_options = " ".join([*SMALL_AND_QUICK, f"-Djava.io.tmpdir={self.folder}/tmp"])
        self._add_daemon(name, command, ready, SPARK_DAEMON_MEMORY="256m", SPARK_DAEMON_JAVA_OPTS=java_options)


class SparkOnYarn:
    """Spark with a YARN as its master: an application's own master and executors are containers there.

    :param yarn: the cluster, with which clients end.
    """

    def __init__(self, yarn):
        self.yarn = yarn
        folder = yarn.folder / "spark"
        folder.mkdir()
        own = {
            "spark.executor.memoryOverhead": "128m",
            "spark.yarn.am.memory": "256m",
            "spark.yarn.am.memoryOverhead": "128m",
            "spark.yarn.jars": f"local:{HOME}/jars/*",
        }
        write_defaults(folder, own)
        self.env = yarn.env | client_settings(folder)

    def executors(self):
        """Return the JVMs of the executors of all applications."""
        return self.yarn.processes("java", "YarnCoarseGrainedExecutorBackend")


def client_settings(folder):
    """Return the environment of a client whose settings and files are in a folder."""
    return {
        "JAVA_HOME": str(java_home()),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def write_defaults(folder, own):
    """Write ``spark-defaults.conf``, by which applications are small, quick, and on this machine.

    :param own: what else is in it.
    """
    (folder / "tmp").mkdir()
    (folder / "conf").mkdir()
    java_options = " ".join([*SMALL_AND_QUICK, f"-Djava.io.tmpdir={folder}/tmp"])
    lines = own | {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java_options,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.dynamicAllocation.executorIdleTimeout": "1s",
        "spark.executor.extraJavaOptions": java_options,
        "spark.executor.memory": "512m",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.ui.enabled": "false",
    }
    text = "".join(f"{name} {value}\n" for name, value in lines.items())
    (folder / "conf" / "spark-defaults.conf").write_text(text)
