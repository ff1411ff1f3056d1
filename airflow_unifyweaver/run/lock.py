"""A lock that one process holds on a shard while it works there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError, writing


class HeldError(RunError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock on a file; the kernel lets go of it when the process ends, however it ends.

    It is a POSIX lock, which child processes do not inherit: an orphaned worker does not keep a resume waiting.

    :raises HeldError: when another process holds it.
    :raises RunError: when it cannot be made.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HeldError(
                f"{path.parent}: another process is working on this shard; wait for it or stop it"
            ) from error
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether another process holds the lock on a file."""
    try:
        with locked(path):
            return False
    except HeldError:
        return True
