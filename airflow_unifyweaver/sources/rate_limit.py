"""A pace that all processes of a run on a machine keep together."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from pathlib import Path

from airflow_unifyweaver.exceptions import writing

_TIME = struct.Struct("d")


class RateLimit:
    """Lets through so many requests a second, over all threads and processes that name the same file.

    The file holds when the last one was let through. Whoever wants to be next holds a lock on it until its time has
    come, so that the system keeps the queue, and frees the place of a process that is killed.

    :param rate: requests a second.
    :param path: the file.
    """

    def __init__(self, rate: float, path: Path) -> None:
        self._interval = 1 / rate
        self._path = path
        self._descriptor = -1
        self._own = threading.Lock()  # a lock on a file is its process's as a whole

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def wait(self) -> None:
        """Wait until one more request is due.

        :raises RunError: when the file cannot be written.
        """
        with self._own, writing(self._path):
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                time.sleep(self._missing())
                os.pwrite(self._descriptor, _TIME.pack(time.monotonic()), 0)
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _missing(self) -> float:
        """Return the seconds until the next request is due."""
        data = os.pread(self._descriptor, _TIME.size, 0)
        if len(data) < _TIME.size:
            return 0.0
        passed = time.monotonic() - _TIME.unpack(data)[0]
        return max(self._interval - passed, 0.0) if passed >= 0 else 0.0  # the machine was started anew since
