"""A file of a source as planners and readers see it, wherever it lies and however it is packed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from airflow_unifyweaver.sources.open_file import FileEntry, OpenFile


class SourceFile(Protocol):
    """The content of a planned file. Places in it are offsets in bytes.

    :raises SourceError: from every method, when the file is no longer the version that was planned.
    """

    path: str
    size: int

    def check(self) -> None:
        """Raise unless the file still is the planned version."""

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``; the version is checked after they are read."""

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Write the bytes from ``start`` up to ``stop`` to a descriptor that blocks.

        :raises BrokenPipeError: when the reader of a pipe closed its end.
        """


def open_source(entry: FileEntry, spool: Path) -> SourceFile:  # noqa: ARG001 - no kind of file keeps anything there yet
    """Open a planned file.

    :param entry: the file in the plan's manifest.
    :param spool: the run's folder of what had to be kept to read the source again.
    """
    return OpenFile(entry)
