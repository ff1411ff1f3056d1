"""A file that exists in memory only, as a source's file."""

from __future__ import annotations

import os

from airflow_unifyweaver.sources.source_file import read_part


class MemoryFile:
    """A file in memory, which goes with this object.

    :param path: what to call it.
    :param descriptor: its descriptor, which becomes this object's own.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self._descriptor = descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)

    def check(self) -> None:
        """Do nothing: nobody else knows this file."""

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``."""
        return read_part(self._descriptor, start, stop)

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Write the bytes from ``start`` up to ``stop`` to a descriptor that blocks.

        :raises BrokenPipeError: when the reader of a pipe closed its end.
        """
        while start < stop and (sent := os.sendfile(descriptor, self._descriptor, start, stop - start)):
            start += sent
