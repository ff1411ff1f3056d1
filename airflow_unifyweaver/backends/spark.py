"""The spark backend: shards as tasks of a Spark application, on this machine or on a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends import spark_driver, spark_submit
from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.placed import end_with_parent
from airflow_unifyweaver.backends.spark_log import probable_cause

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

END_SECONDS = 5.0
"""How long an application may take to say goodbye to its cluster before it is killed."""


class SparkError(Exception):
    """A Spark application did not come to its end."""


class SparkBackend(ClusterBackend):
    """Runs shards by an application of its own. Only references to them go through Spark."""

    name = "spark"

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:
        """Tell whether an application can be submitted from here."""
        return spark_submit.unusable(parallel.spark)

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards, in a folder beside the first one's work: code, driver and log are there."""
        spark_submit.check_master(parallel.spark)
        folder = Path(references[0]).parent / "spark"
        folder.mkdir(exist_ok=True)
        archive, script, log = folder / "airflow_unifyweaver.zip", folder / "driver.py", folder / "spark.log"
        write_archive(archive)
        script.write_text(spark_driver.SCRIPT)
        command = spark_submit.command_line(parallel.spark, workers, _name(folder), archive)
        code = _run([*command, str(script), *references], spark_submit.environment(), log)
        if code:
            raise SparkError(f"{probable_cause(log)}; the application's log is {log}")


def _name(folder: Path) -> str:
    run = folder.parents[2]
    return f"unifyweaver {run.parent.name}/{run.name} {folder.parent.name}"


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Run spark-submit, and return its exit code; on every way out, nothing of its application is left."""
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - a process that is killed cannot end what it has started
        )
    try:
        return process.wait()
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group: the driver's JVM, when asked to, takes leave of its cluster first."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
