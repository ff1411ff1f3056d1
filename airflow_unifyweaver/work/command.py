"""Command work: a shell command that reads a batch on standard input and prints results."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.processes import SHELL, describe_exit, last_words, run_fed
from airflow_unifyweaver.sources.base import Batch
from airflow_unifyweaver.sources.source_file import read_part
from airflow_unifyweaver.work.output import OutputLines
from airflow_unifyweaver.work.program import program_of


@dataclass(frozen=True)
class CommandWork:
    """Runs ``bash -o pipefail -c command`` once a batch, or what that would start without doing anything else.

    The output goes to memory files, not pipes, so that the batch can be written to the command in one go without
    both sides ever waiting for each other.

    :param command: the command, a line of bash.
    :param ok_exit_codes: exit codes that mean success, such as ``[0, 1]`` for ``grep``.
    :param folder: the job's folder, in which the command runs.
    """

    command: str
    ok_exit_codes: tuple[int, ...]
    folder: str

    def prepare(self) -> None:
        """Find out whether the command takes bash."""
        with contextlib.suppress(OSError):  # as when the folder is gone, which the batches will tell
            program_of(self.command, self.folder)

    def run(self, batch: Batch) -> OutputLines:
        """Run the command on a batch.

        :raises WorkError: when it exits with another code; the message shows the code and the end of its standard
            error.
        """
        output, errors = os.memfd_create("output"), os.memfd_create("errors")
        try:
            code = self._run_fed(batch, output, errors)
            if code not in self.ok_exit_codes:
                accepted = ", ".join(map(str, self.ok_exit_codes))
                raise WorkError(
                    f"the command {describe_exit(code)}, work.ok_exit_codes accepts {accepted}; {last_words(errors)}"
                )
            return OutputLines(_whole_lines(output))
        finally:
            os.close(output)
            os.close(errors)

    def _run_fed(self, batch: Batch, output: int, errors: int) -> int:
        program = program_of(self.command, self.folder)
        return run_fed(
            program.arguments if program else (*SHELL, self.command),
            batch.feed,
            output=output,
            errors=errors,
            folder=self.folder,
            environment=program.environment if program else None,
            executable=program.path if program else None,
        )

    def fingerprint(self) -> str:
        """Return the command and its accepted exit codes."""
        return f"{self.command}\0{self.ok_exit_codes}"


def _whole_lines(descriptor: int) -> bytes:
    data = read_part(descriptor, 0, os.fstat(descriptor).st_size)
    return data if data.endswith(b"\n") or not data else data + b"\n"
