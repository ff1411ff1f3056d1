"""How spark-submit is found and called."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends.cluster import ATTEMPTS
from airflow_unifyweaver.exceptions import BackendError

if TYPE_CHECKING:
    from airflow_unifyweaver.job.backend_options import SparkOptions
    from airflow_unifyweaver.job.parallel import Parallel

CONNECT_SECONDS = 10.0
"""How long a master may take to answer."""
YARN = "yarn"
STANDALONE = "spark://"
_LOCAL = re.compile(r"local(?:\[(\d+|\*)\])?")


def unusable(options: SparkOptions) -> str | None:
    """Return what is missing here to submit an application, or None.

    :param options: what the job says of Spark.
    """
    home = spark_home()
    if home is None:
        return "pyspark is not installed; pip install 'airflow-unifyweaver[spark]', or set SPARK_HOME"
    if not (home / "bin" / "spark-submit").exists():
        return f"{home} has no bin/spark-submit; set SPARK_HOME to the folder of a whole Spark, or leave it to pyspark"
    if shutil.which(_java()) is None:
        return f"Java is not installed ({_java()}); install a version that Spark runs on, such as 17, or set JAVA_HOME"
    if options.master == YARN and not os.environ.keys() & {"HADOOP_CONF_DIR", "YARN_CONF_DIR"}:
        return "YARN's addresses are not known; set HADOOP_CONF_DIR to the folder of its configuration"
    return None


def spark_home() -> Path | None:
    """Return the folder of the Spark that is used: that of ``SPARK_HOME``, or PyPI's pyspark."""
    if home := os.environ.get("SPARK_HOME"):
        return Path(home)
    found = importlib.util.find_spec("pyspark")
    return Path(found.origin).parent if found and found.origin else None


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else "java"


def check_master(options: SparkOptions) -> None:
    """Look whether a standalone master answers: Spark itself would try for a minute, and not tell why.

    :raises BackendError: when none of the addresses does.
    """
    if options.master is None or not options.master.startswith(STANDALONE):
        return
    for address in options.master.removeprefix(STANDALONE).split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        except OSError as error:
            failure = error
        else:
            return
    raise BackendError(
        f"spark: the master at {options.master} (parallel.spark.master) does not answer: {failure}"
    ) from failure


def environment() -> dict[str, str]:
    """Return the environment of spark-submit: executors get the same Python, unless ``PYSPARK_PYTHON`` says another."""
    own = {"SPARK_HOME": str(spark_home()), "PYSPARK_DRIVER_PYTHON": sys.executable}
    return {"PYSPARK_PYTHON": sys.executable} | os.environ | own


def command_line(parallel: Parallel, workers: int, name: str, archive: Path) -> list[str]:
    """Return the command up to the driver's script.

    :param parallel: what the job says of Spark, and of workers that come and go.
    :param workers: cores of all executors together: each works on one shard at a time.
    :param name: of the application.
    :param archive: this package's code.
    """
    options, least = parallel.spark, parallel.least_workers
    settings = {
        "spark.task.maxFailures": ATTEMPTS,
        "spark.task.cpus": 1,
        "spark.speculation": "false",  # two attempts at a shard would wait for each other
        "spark.python.worker.reuse": "true",
        **_elastic(options, workers, least),
    }
    given = {
        "--master": _master(options, workers),
        "--deploy-mode": "client",
        "--name": name,
        "--py-files": archive.as_uri(),  # of a plain path Spark would follow links
        "--executor-memory": options.executor_memory,
        "--driver-memory": options.driver_memory,
        "--packages": ",".join(options.packages),
        **_cores(options, workers, elastic=least is not None),
    }
    words = [word for option, value in given.items() if value for word in (option, str(value))]
    for key, value in settings.items():
        words += ["--conf", f"{key}={value}"]
    return [f"{spark_home()}/bin/spark-submit", *words]


def _master(options: SparkOptions, workers: int) -> str:
    """Return the master; a local one is told how often a task may fail, as it does not heed the setting."""
    if options.master is None:
        return f"local[{workers},{ATTEMPTS}]"
    local = _LOCAL.fullmatch(options.master)
    return f"local[{local[1] or 1},{ATTEMPTS}]" if local else options.master


def is_local(options: SparkOptions) -> bool:
    """Tell whether the workers are on this machine."""
    return options.master is None or _LOCAL.fullmatch(options.master) is not None


def _cores(options: SparkOptions, workers: int, *, elastic: bool) -> dict[str, int | None]:
    """Return how the workers are spread over executors; standalone workers share them out when nothing is said."""
    if is_local(options):
        return {}
    executors = options.num_executors or workers
    each = _divided(workers, executors)
    if options.master == YARN:
        return {"--num-executors": None if elastic else executors, "--executor-cores": each}
    return {"--total-executor-cores": workers, "--executor-cores": each if options.num_executors or elastic else None}


def _elastic(options: SparkOptions, workers: int, least: int | None) -> dict[str, str | int]:
    """Return what has executors come while shards wait, and go when they have nothing to do."""
    if least is None or is_local(options):
        return {}
    cores = _divided(workers, options.num_executors or workers)
    return {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.minExecutors": _divided(least, cores),
        "spark.dynamicAllocation.maxExecutors": _divided(workers, cores),
    }


def _divided(number: int, by: int) -> int:
    return -(-number // by)
