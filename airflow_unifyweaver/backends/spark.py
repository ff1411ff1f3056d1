"""The spark backend: shards as tasks of a Spark application, on this machine or on a cluster."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends import spark_driver, spark_submit
from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.backends.plain_path import plain_path
from airflow_unifyweaver.backends.reduction import reduction_of
from airflow_unifyweaver.backends.spark_log import is_starved, probable_cause
from airflow_unifyweaver.parent_death import end_with_parent

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

END_SECONDS = 5.0
"""How long an application may take to say goodbye to its cluster before it is killed."""
CHECK_SECONDS = 15.0
"""How often to look whether an application waits for executors; Spark itself says so as often."""
REDUCED_BYTES = 32 * 2**20
"""From how many committed bytes on results by key are reduced in Spark when the job does not say; see decision 0028."""

log = logging.getLogger(__name__)


class ApplicationError(Exception):
    """A Spark application failed."""


class SparkBackend(ClusterBackend):
    """Runs shards by an application of its own. Only references to them go through Spark."""

    name = "spark"

    def __init__(self) -> None:
        self._submitted: subprocess.Popen[bytes] | None = None
        self._application_file: Path | None = None

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:
        """Tell whether an application can be submitted from here."""
        return spark_submit.unusable(parallel.spark)

    @classmethod
    def unasked(cls, parallel: Parallel) -> str | None:
        """Tell whether there is a master to go to: on this machine alone, other backends do the same for less."""
        return None if parallel.spark.master else "no master is given (parallel.spark.master)"

    @classmethod
    def is_elsewhere(cls, parallel: Parallel) -> bool:
        """Tell whether executors are on other machines."""
        return not spark_submit.is_local(parallel.spark)

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards by an application whose code, driver and log are in a folder beside the first one's work."""
        spark_submit.check_master(parallel.spark)
        first = Placement.at(references[0])
        folder = first.path.parent / "spark"
        folder.mkdir(exist_ok=True)
        output = folder / "spark.log"
        self._application_file = folder / spark_driver.APPLICATION
        reduction = reduction_of(first, parallel.reducers, workers)
        parts, least = (reduction.parts if reduction else 0), (REDUCED_BYTES if parallel.reducers == "auto" else 0)
        with plain_path(folder) as place:
            archive, script = place / "airflow_unifyweaver.zip", place / "driver.py"
            write_archive(archive)
            script.write_text(spark_driver.SCRIPT)
            command = spark_submit.command_line(parallel, workers, f"unifyweaver {folder}", archive)
            self._submitted = _submit([*command, script.as_uri(), str(parts), str(least), *references], output)
            code = _wait(self._submitted, output)
        if code:
            raise ApplicationError(f"{probable_cause(output)}; the application's log is {output}")
        if reduction and reduction.folder.exists():
            reduction.complete()

    def job_id(self) -> str | None:
        """Return the application's id, which its driver tells as soon as the master has given it."""
        file = self._application_file
        return file.read_text() if file is not None and file.exists() else None

    def close(self) -> None:
        """End the application."""
        if self._submitted is not None:
            _end(self._submitted)


def _submit(command: Sequence[str], output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as file:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=spark_submit.environment(),
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - a process that is killed cannot end what it has started
        )


def _wait(process: subprocess.Popen[bytes], output: Path) -> int:
    """Return an application's exit code; say once that it waits for executors, for it may do so for ever."""
    said = False
    while True:
        try:
            return process.wait(CHECK_SECONDS)
        except subprocess.TimeoutExpired:
            if not said and is_starved(output):
                said = True
                log.warning("spark: the cluster has no executor for this run yet; %s tells more", output)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End spark-submit and its group; the driver's JVM, when asked to, takes leave of its cluster first."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
