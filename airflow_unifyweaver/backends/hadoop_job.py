"""A streaming job on YARN, from its submission to its end."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from airflow_unifyweaver.backends.hadoop_cause import probable_cause
from airflow_unifyweaver.backends.hadoop_programs import answer, program, streaming_jar
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.parent_death import end_with_parent
from airflow_unifyweaver.run.directory import atomic_file

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 120.0
"""How long it may take until YARN has a job; the client itself would go on trying for a quarter of an hour."""
CHECK_SECONDS = 0.2
_SUBMITTED = re.compile(r"\bjob_(local)?(\d+_\d+)\b")  # the client says so just before it submits the job


class StreamingJobError(Exception):
    """A job came to a bad end on YARN."""


class StreamingJob:
    """A streaming job; its log, and the id of its application as long as that may run, stand in a folder.

    :param folder: the folder, which is there.
    """

    def __init__(self, folder: Path) -> None:
        self._log = folder / "client.log"
        self._application_file = folder / "application"
        self._application: str | None = None

    @property
    def application(self) -> str | None:
        """The id of its application, as soon as it is known."""
        return self._application

    def run(self, options: Sequence[str], cancelled: Callable[[], bool]) -> None:
        """Run the job on YARN until it ends or is cancelled. None of it is left there, however this is left.

        :param options: of the program ``hadoop jar hadoop-streaming.jar``.
        :param cancelled: tells whether the job shall end.
        :raises BackendError: when YARN did not get the job.
        :raises StreamingJobError: when the job failed there.
        """
        with self._client(options) as client:
            self._wait(client, cancelled)
        if client.returncode and not cancelled():
            self._raise()

    def kill_left(self) -> None:
        """Kill the application of an earlier run whose process was killed before it could do so itself."""
        with suppress(FileNotFoundError):
            self._kill(self._application_file.read_text())

    @contextmanager
    def _client(self, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        environment = os.environ | {"HADOOP_ROOT_LOGGER": "INFO,console"}  # it would not tell the id otherwise
        command = [program("hadoop"), "jar", streaming_jar(), *options]
        with self._log.open("wb") as output:
            client = subprocess.Popen(  # noqa: S603
                command,
                env=environment,
                preexec_fn=end_with_parent,  # noqa: PLW1509
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
            )
        try:
            yield client
        finally:
            ended_well = client.poll() == 0
            client.kill()
            client.wait()
            self._note_application()
            if self._application is not None and not ended_well:
                self._kill(self._application)
            elif self._application is not None:
                self._application_file.unlink()

    def _wait(self, client: subprocess.Popen[bytes], cancelled: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SUBMIT_SECONDS
        while client.poll() is None and not cancelled():
            self._note_application()
            if self._application is None and time.monotonic() > deadline:
                raise BackendError(f"hadoop_streaming: YARN took no job within {SUBMIT_SECONDS:.0f} s; see {self._log}")
            with suppress(subprocess.TimeoutExpired):
                client.wait(CHECK_SECONDS)
        self._note_application()
        if client.returncode == 0 and self._application is None:
            raise BackendError(f"hadoop_streaming: the job did not run on YARN; see {self._log}")

    def _note_application(self) -> None:
        found = _SUBMITTED.search(self._log.read_text(errors="replace")) if self._application is None else None
        if found is None:
            return
        if found[1]:
            raise BackendError(
                f"hadoop_streaming: {found[0]} would run on this machine and not on YARN; "
                "set mapreduce.framework.name to yarn in Hadoop's settings (HADOOP_CONF_DIR)"
            )
        self._application = f"application_{found[2]}"
        with atomic_file(self._application_file) as file:
            file.write(self._application.encode())
        log.info("hadoop_streaming: running as %s", self._application)

    def _kill(self, application: str) -> None:
        try:
            killed = answer("yarn", "application", "-kill", application)
        except subprocess.TimeoutExpired:
            reason = "the resource manager does not answer"
        else:
            if killed.returncode == 0 or "doesn't exist" in killed.stderr + killed.stdout:
                self._application_file.unlink(missing_ok=True)
                return
            reason = killed.stderr.strip().rpartition("\n")[2]
        log.warning("%s may still run on YARN, as it could not be killed: %s", application, reason)

    def _raise(self) -> None:
        text = self._log.read_text(errors="replace")
        cause = probable_cause(text, self._application)
        if self._application is None:
            raise BackendError(f"hadoop_streaming: YARN did not take the job: {cause}; see {self._log}")
        raise StreamingJobError(f"{self._application}: {cause}; see {self._log}")
