"""A lock that one process holds on a shard, or on a run, while it works there."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError, writing

_FLOCK = struct.Struct("hhqqi4x")
"""Linux's ``struct flock``: type, whence, start, length, process."""


class HeldError(RunError):
    """Another process holds the lock."""


_LOOK_SECONDS = 0.1


@contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock on a file; the kernel lets go of it when the process ends, however it ends.

    It is a POSIX lock, which child processes do not inherit: an orphaned worker does not keep a resume waiting.

    :param patience: seconds to wait for a process that holds it to end.
    :raises HeldError: when another process holds it.
    :raises RunError: when it cannot be made.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + patience
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                raise HeldError(f"{path.parent}: another process is working here; wait for it or stop it")
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Tell whether another process holds the lock on a file; it is only asked for, so that nobody is kept from it."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    finally:
        os.close(descriptor)
    return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
