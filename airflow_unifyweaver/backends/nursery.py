"""A small process that forks slots.

It is forked from the coordinator before any thread starts there, so that every later fork, too, is of a process
with one thread and no lock held: a slot that replaces a dead one is as clean as the first. Slots begin with all
that the coordinator has imported, the user's function among it, and start within a millisecond.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable

from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.processes import signal_name

_REQUEST_BYTES = 4
_REPORT_BYTES = 8
_REPORT_SECONDS = 1.0


class Nursery:
    """Forks slots on demand; a :class:`~airflow_unifyweaver.backends.slot_backend.Launcher`.

    :param run_slot: what a forked process shall do, given its slot's number.
    """

    def __init__(self, run_slot: Callable[[int], None]) -> None:
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._statuses: dict[int, int] = {}
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            gc.freeze()  # the parent's garbage is the parent's: collected here, it would end what its threads are at
            self._control.close()
            _leave_after(lambda: _tend(inner, run_slot))
        inner.close()

    def start(self, number: int) -> None:
        """Fork a slot."""
        with contextlib.suppress(BrokenPipeError):  # a nursery that was killed is found by the next check
            self._control.sendall(number.to_bytes(_REQUEST_BYTES))

    def cause_of_death(self, number: int, pid: int) -> str:  # noqa: ARG002 - the process tells enough
        """Return how a slot's process ended, in words."""
        reports = select.poll()  # unlike select, it bears a descriptor of any number
        reports.register(self._control, select.POLLIN)
        while pid not in self._statuses and reports.poll(_REPORT_SECONDS * 1000):
            report = self._control.recv(_REPORT_BYTES, socket.MSG_WAITALL)
            if not report:
                break
            self._statuses[int.from_bytes(report[:4])] = int.from_bytes(report[4:])
        if pid not in self._statuses:
            return "how is not known"
        return killed_or_exited(os.waitstatus_to_exitcode(self._statuses.pop(pid)))

    def forget(self, number: int, pid: int) -> None:
        """Drop the report on a slot: its process id may be another's one day."""
        if pid:
            self.cause_of_death(number, pid)

    def check(self) -> None:
        """Look whether the nursery still runs."""
        if os.waitpid(self._pid, os.WNOHANG)[0]:
            raise BackendError("the process that forks slots was killed; resume the run")

    def close(self) -> None:
        """End the nursery, which takes slots that are left with it."""
        self._control.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def killed_or_exited(code: int) -> str:
    """Return how a process of ours ended, in words; a negative code is a signal, as the subprocess module counts."""
    if code >= 0:
        return f"exited with code {code}"
    return f"killed by {signal_name(-code) or f'signal {-code}'}"


def _leave_after(act: Callable[[], None]) -> None:
    """Do something in a forked process and end it without running anything of the parent's on the way out."""
    code = 1
    try:
        act()
        code = 0
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _forget_handlers() -> None:
    """Let every signal do what it does by default, whatever handlers the parent process has set.

    Airflow handles SIGSEGV in Python where it parses a DAG: with that, a worker that crashes would crash for ever.
    """
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _tend(control: socket.socket, run_slot: Callable[[int], None]) -> None:
    os.setsid()
    children: set[int] = set()

    def reap(*_: object) -> None:
        with contextlib.suppress(ChildProcessError):  # there is none left
            while True:  # the deaths of several may come as one signal, and a signal while this still runs
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                children.discard(pid)
                with contextlib.suppress(OSError):
                    control.send(pid.to_bytes(4) + status.to_bytes(4))

    _forget_handlers()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, reap)
    while request := _next_request(control):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            control.close()
            _leave_after(lambda: run_slot(int.from_bytes(request)))
        children.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in children:
        _kill_slot(pid)
    for pid in children:
        os.waitpid(pid, 0)


def _next_request(control: socket.socket) -> bytes:
    try:
        return control.recv(_REQUEST_BYTES, socket.MSG_WAITALL)
    except ConnectionResetError:  # the coordinator went away without having read all reports
        return b""


def _kill_slot(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # a slot that has just been forked leads no process group yet
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
