"""Command work: a shell command that reads a batch on standard input and prints results."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.settings import STDERR_TAIL_BYTES
from airflow_unifyweaver.sources.base import Batch
from airflow_unifyweaver.work.output import OutputLines

PIPE_BYTES = 1 << 20
"""Size of the pipe to a command: the most that an ordinary user may ask for, to be woken seldom."""

# A pipeline of which any part fails is a failure: its output may look whole and not be.
_SHELL = ("bash", "-o", "pipefail", "-c")


@dataclass(frozen=True)
class CommandWork:
    """Runs ``bash -o pipefail -c command`` once a batch.

    The output goes to memory files, not pipes, so that the batch can be written to the command in one go without
    both sides ever waiting for each other.

    :param command: the command, a line of bash.
    :param ok_exit_codes: exit codes that mean success, such as ``[0, 1]`` for ``grep``.
    :param folder: the job's folder, in which the command runs.
    """

    command: str
    ok_exit_codes: tuple[int, ...]
    folder: str

    def run(self, batch: Batch) -> OutputLines:
        """Run the command on a batch.

        :raises WorkError: when it exits with another code; the message shows the code and the end of its standard
            error.
        """
        output, errors = os.memfd_create("output"), os.memfd_create("errors")
        try:
            code = self._run(batch, output, errors)
            if code not in self.ok_exit_codes:
                raise WorkError(_explain(code, self.ok_exit_codes, _tail(errors)))
            return OutputLines(_whole_lines(output))
        finally:
            os.close(output)
            os.close(errors)

    def _run(self, batch: Batch, output: int, errors: int) -> int:
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            process = subprocess.Popen(  # noqa: S603 - running the user's command is what this is for
                [*_SHELL, self.command], stdin=read_end, stdout=output, stderr=errors, cwd=self.folder
            )
        finally:
            os.close(read_end)
        with process:
            try:
                batch.feed(write_end)
            except BrokenPipeError:
                pass  # the command has read enough, as head does; its exit code tells whether it is content
            except BaseException:
                process.kill()
                raise
            finally:
                os.close(write_end)
        return process.returncode

    def fingerprint(self) -> str:
        """Return the command and its accepted exit codes."""
        return f"{self.command}\0{self.ok_exit_codes}"


def _whole_lines(descriptor: int) -> bytes:
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    return data if data.endswith(b"\n") or not data else data + b"\n"


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    start = max(size - STDERR_TAIL_BYTES, 0)
    return os.pread(descriptor, size - start, start).decode("utf-8", "replace").strip()


def _explain(code: int, accepted: Sequence[int], errors: str) -> str:
    signal_number = -code if code < 0 else code - 128
    name = signal.Signals(signal_number).name if signal_number in set(signal.Signals) else ""
    cause = f" ({name})" if name and code != 0 else ""
    wanted = ", ".join(map(str, accepted))
    said = f"standard error ends: {errors}" if errors else "standard error is empty"
    return f"the command exited with code {code}{cause}, work.ok_exit_codes accepts {wanted}; {said}"
