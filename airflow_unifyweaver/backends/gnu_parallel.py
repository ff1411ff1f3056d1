"""The gnu_parallel backend: GNU Parallel starts the slots, each of which lives through many batches.

Parallel reads the numbers of slots to start on its standard input, so that one more line there replaces a slot that
died. Batches never stand on a command line, which would overflow at some thousand of them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends.nursery import killed_or_exited
from airflow_unifyweaver.backends.slot_backend import Launcher, SlotBackend
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.processes import signal_name
from airflow_unifyweaver.run.backend import SlotSettings, WorkerSpec

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

log = logging.getLogger(__name__)

JOBLOG_SECONDS = 1.0
"""How long to wait for Parallel to write down how a slot ended."""

_AUTHOR = b"Ole Tange"
_HEAD_BYTES = 4096


class GnuParallelBackend(SlotBackend):
    """Runs ``parallel.workers`` slots under GNU Parallel."""

    name = "gnu_parallel"

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Tell whether GNU Parallel is installed; the ``parallel`` of moreutils is another program."""
        program = shutil.which("parallel")
        if program is None:
            return "GNU Parallel is not installed (Debian's package is called parallel)"
        return None if _is_gnu(program) else f"{program} is not GNU Parallel"

    @staticmethod
    def command_line(settings: SlotSettings, address: str = "SOCKET", joblog: Path = Path("JOBLOG")) -> list[str]:
        """Return the command line that GNU Parallel is started with.

        :param settings: how many slots run at a time, and the job's ``parallel.gnu_parallel.options``.
        :param address: where slots connect to.
        :param joblog: where Parallel writes down how each slot ended.
        """
        own = ["--plain", "--will-cite", "--ungroup", "--jobs", str(settings.workers), "--joblog", str(joblog)]
        slot = shlex.join([sys.executable, "-m", "airflow_unifyweaver.backends.slot", address])
        return ["parallel", *own, *settings.options, slot, "{}"]

    def launcher(self, address: str, spec: WorkerSpec, settings: SlotSettings) -> Launcher:
        """Return what starts the slots."""
        joblog = spec.folder / "parallel.joblog"
        return ParallelLauncher(self.command_line(settings, address, joblog), joblog)


def _is_gnu(program: str) -> bool:
    """Tell whether a program is GNU Parallel: by its script, as asking it takes 0.1 s, unless that hides in another."""
    with contextlib.suppress(OSError), Path(program).open("rb") as file:
        if _AUTHOR in file.read(_HEAD_BYTES):
            return True
    version = subprocess.run([program, "--version"], capture_output=True, check=False).stdout  # noqa: S603
    return version.startswith(b"GNU parallel")


class ParallelLauncher:
    """A running GNU Parallel; a :class:`~airflow_unifyweaver.backends.slot_backend.Launcher`.

    :param arguments: its command line.
    :param joblog: the file that it logs ended slots to.
    """

    def __init__(self, arguments: Sequence[str], joblog: Path) -> None:
        log.info("starting slots by: %s", shlex.join(arguments))
        self._joblog = joblog
        joblog.unlink(missing_ok=True)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                arguments, stdin=subprocess.PIPE, stdout=2, bufsize=0, start_new_session=True
            )
        except OSError as error:
            raise BackendError(f"gnu_parallel: cannot start {arguments[0]}: {error.strerror}") from error
        self._jobs = count(1)
        self._jobs_of: defaultdict[int, deque[int]] = defaultdict(deque)

    def start(self, number: int) -> None:
        """Ask Parallel for one more slot."""
        self._jobs_of[number].append(next(self._jobs))
        if self._process.stdin is not None and self._process.poll() is None:
            self._process.stdin.write(b"%d\n" % number)

    def cause_of_death(self, number: int, pid: int) -> str:  # noqa: ARG002 - Parallel's log does not name processes
        """Return how a slot ended, by Parallel's job log."""
        job = str(self._jobs_of[number].popleft())
        deadline = time.monotonic() + JOBLOG_SECONDS
        while time.monotonic() < deadline:
            ended = self._joblog.read_text().splitlines()[1:] if self._joblog.exists() else []
            for row in (line.split("\t") for line in ended):
                if row[0] == job:
                    code, signal_number = map(int, row[6:8])
                    return killed_or_exited(-signal_number or (128 - code if signal_name(code - 128) else code))
            time.sleep(0.01)
        return "how is not known"

    def forget(self, number: int, pid: int) -> None:  # noqa: ARG002
        """Pass over a slot; Parallel may not log its end before it is given the next one to start."""
        self._jobs_of[number].popleft()

    def check(self) -> None:
        """Look whether Parallel still runs; it ends at once when it does not understand an option."""
        code = self._process.poll()
        if code is not None:
            raise BackendError(
                f"gnu_parallel: GNU Parallel {killed_or_exited(code)}; it says why on standard error. "
                "Are parallel.gnu_parallel.options right?"
            )

    def close(self) -> None:
        """End Parallel; its slots are gone by then."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
