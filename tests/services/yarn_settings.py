"""Settings of YARN and MapReduce for one small machine."""

from s3_server import environment_of

from services.guard import VARIABLE
from services.hadoop import JARS, JAVA_OPTIONS

FROM_NODE_MANAGER = ["JAVA_HOME", "HADOOP_CONF_DIR", "HADOOP_HOME", "PATH", VARIABLE, *environment_of("")]
KEEP_CONTAINERS_SECONDS = 120


def yarn_settings(yarn, ports):
    """Return what is in ``yarn-site.xml``.

    :param ports: of the resource manager (5) and the node manager (3).
    """
    web, rpc, scheduler, tracker, admin, node, localizer, node_web = (f"localhost:{port}" for port in ports)
    return {
        "yarn.application.classpath": f"{yarn.conf},{JARS}/*",
        "yarn.log-aggregation-enable": "true",
        "yarn.node-attribute.fs-store.root-dir": f"file://{yarn.folder}/node-attributes",
        "yarn.nodemanager.address": node,
        "yarn.nodemanager.aux-services": "mapreduce_shuffle",
        "yarn.nodemanager.bind-host": "127.0.0.1",
        "yarn.nodemanager.delete.debug-delay-sec": KEEP_CONTAINERS_SECONDS,
        # By default a node without 10 % of free disk gets no containers.
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "100.0",
        "yarn.nodemanager.disk-health-checker.min-free-space-per-disk-mb": 0,
        "yarn.nodemanager.env-whitelist": ",".join(FROM_NODE_MANAGER),
        "yarn.nodemanager.hostname": "localhost",
        "yarn.nodemanager.local-dirs": yarn.folder / "containers",
        "yarn.nodemanager.localizer.address": localizer,
        "yarn.nodemanager.log-dirs": yarn.folder / "container-logs",
        "yarn.nodemanager.pmem-check-enabled": "false",
        "yarn.nodemanager.resource.cpu-vcores": 6,
        "yarn.nodemanager.resource.memory-mb": 3072,
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.webapp.address": node_web,
        "yarn.resourcemanager.address": rpc,
        "yarn.resourcemanager.admin.address": admin,
        "yarn.resourcemanager.hostname": "localhost",
        "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 100,
        "yarn.resourcemanager.resource-tracker.address": tracker,
        "yarn.resourcemanager.scheduler.address": scheduler,
        "yarn.resourcemanager.webapp.address": web,
        "yarn.scheduler.minimum-allocation-mb": 128,
    }


def mapreduce_settings(yarn):
    """Return what is in ``mapred-site.xml``."""
    options = " ".join(["-Xmx384m", *JAVA_OPTIONS])
    return {
        "mapreduce.application.classpath": f"{yarn.conf},{JARS}/*",
        "mapreduce.client.completion.pollinterval": 200,
        "mapreduce.client.progressmonitor.pollinterval": 200,
        "mapreduce.framework.name": "yarn",
        "mapreduce.jobtracker.staging.root.dir": yarn.folder / "tmp" / "staging",
        "mapreduce.map.java.opts": options,
        "mapreduce.map.memory.mb": 512,
        "mapreduce.reduce.java.opts": options,
        "mapreduce.reduce.memory.mb": 512,
        "mapreduce.shuffle.port": 0,
        "mapreduce.task.io.sort.mb": 64,
        "yarn.app.mapreduce.am.command-opts": options,
        "yarn.app.mapreduce.am.resource.mb": 512,
        "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": 100,
    }
