"""A file of a source as planners and readers see it, wherever it lies and however it is packed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from airflow_unifyweaver.sources.open_file import FileEntry, OpenFile

PIECE_BYTES = 1 << 20
"""How much of a file that the system itself cannot send is read at a time to send it."""


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


def open_source(entry: FileEntry, spool: Path) -> SourceFile:
    """Open a planned file, with its content unpacked if it is compressed.

    :param entry: the file in the plan's manifest.
    :param spool: the run's folder of what had to be kept to read the source again.
    """
    file = open_stored(entry, spool)
    if "compression" not in entry:
        return file
    from airflow_unifyweaver.sources.compression.unpack import open_compressed

    return open_compressed(file, entry, spool)


def open_stored(entry: FileEntry, spool: Path) -> SourceFile:
    """Open a planned file as it lies there, be it compressed or not."""
    # A worker that reads plain local files loads nothing for any other.
    if not is_url(entry["path"]):
        return OpenFile(entry)
    from airflow_unifyweaver.sources.remote_file import RemoteFile

    if not entry.get("stream"):
        return RemoteFile(entry)
    from airflow_unifyweaver.sources.spooled_file import open_copy

    return open_copy(RemoteFile(entry), entry, spool)


def is_url(path: str) -> bool:
    """Tell whether a file is behind a URL; paths of local files are none."""
    return "://" in path


def send_pieces(file: SourceFile, descriptor: int, start: int, stop: int) -> None:
    """Send part of a file by reading it into this process, a piece at a time.

    :raises BrokenPipeError: when the reader of a pipe closed its end.
    """
    for position in range(start, stop, PIECE_BYTES):
        write_all(descriptor, file.read(position, min(position + PIECE_BYTES, stop)))


def read_part(descriptor: int, start: int, stop: int) -> bytes:
    """Return the bytes of a file from ``start`` up to ``stop``, or up to its end where that comes before.

    The system gives 2 GiB at most in one call, and does not say that there is more.
    """
    parts = []
    while start < stop and (part := os.pread(descriptor, stop - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts) if len(parts) != 1 else parts[0]


def write_all(descriptor: int, data: bytes) -> None:
    """Write data to a descriptor that blocks."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
