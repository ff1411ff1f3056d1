"""Programs whose output is a source, run with that output in a file."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_unifyweaver.exceptions import SourceError, writing
from airflow_unifyweaver.processes import describe_exit, last_words

ENCODING = "utf-8"
"""How the lines of programs are read; work that is a command gets their bytes as they are."""


@dataclass(frozen=True)
class Program:
    """A program whose output is a source.

    :param field: the field of the job that gives it, for messages.
    :param arguments: its name and arguments.
    :param folder: the folder in which it runs.
    :param environment: its environment; this process's when None.
    """

    field: str
    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str] | None = None

    def run(self, path: Path) -> None:
        """Run it to its end, with its output in a file.

        :raises SourceError: when it cannot be started, or exits with another code than 0.
        """
        with writing(path), path.open("wb") as output, tempfile.TemporaryFile(dir=path.parent) as errors:
            code = self._run(output.fileno(), errors.fileno())
            if code != 0:
                raise SourceError(
                    f"{self.field} {describe_exit(code)}, so its output may not be whole; {last_words(errors.fileno())}"
                )

    def _run(self, output: int, errors: int) -> int:
        try:
            process = subprocess.Popen(  # noqa: S603 - running the user's program is what this is for
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
            )
        except OSError as error:
            raise cannot_run(self.field, self.arguments[0], error) from None
        try:
            return process.wait()
        finally:
            if process.returncode is None:  # this process is told to end: so are all that the program has started
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def cannot_run(field: str, name: str, error: OSError) -> SourceError:
    """Return the error for a program that the system refuses to run."""
    missing = isinstance(error, FileNotFoundError) and error.filename == name
    remedy = f"install {name}" if missing else "look at its length, the number of its files and the job's folder"
    return SourceError(f"{field}: {name} cannot be run: {error.strerror}; {remedy}")
