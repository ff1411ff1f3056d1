"""A file whose content had to be copied into the run's spool to be read in ranges."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.sources.files import file_version
from airflow_unifyweaver.sources.filesystems import open_stream, reading_url
from airflow_unifyweaver.sources.open_file import FileEntry, OpenFile
from airflow_unifyweaver.sources.source_file import PIECE_BYTES, SourceFile, is_url, open_source, write_all
from airflow_unifyweaver.sources.source_stream import stream_of

_VERSION = ("path", "size", "mtime_ns", "version")


class SpooledFile:
    """A copy of a planned file's content, for as long as the file itself is the planned version.

    :param origin: the file.
    :param copy: its content.
    """

    def __init__(self, origin: SourceFile, copy: Path) -> None:
        size, mtime_ns = file_version(str(copy))
        self._origin = origin
        self._copy = OpenFile(FileEntry(path=str(copy), size=size, mtime_ns=mtime_ns, start=0, encoding=""))
        self.path = origin.path
        self.size = size

    def check(self) -> None:
        """Raise unless the file still is the planned version."""
        self._origin.check()

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``, which were copied from the planned version."""
        return self._copy.read(start, stop)

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Send the bytes from ``start`` up to ``stop`` to another descriptor, inside the system where it can."""
        self._copy.send(descriptor, start, stop)


def place_in(spool: Path, entry: FileEntry, suffix: str) -> Path:
    """Return where in a spool something of this version of a file stands."""
    version = json.dumps([entry.get(name) for name in _VERSION])
    return spool / (hashlib.sha256(version.encode()).hexdigest()[:32] + suffix)


@contextmanager
def new_file(place: Path) -> Iterator[Callable[[bytes], None]]:
    """Make a file that appears in a spool whole, or not at all, and yield what writes to it.

    Two processes may make the same one: they put the same in place.

    :raises RunError: when it cannot be written.
    """
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=place.parent)
    try:
        yield partial(_write, place, descriptor)
        with writing(place):
            os.fsync(descriptor)
            Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def open_copy(origin: SourceFile, entry: FileEntry, spool: Path) -> SpooledFile:
    """Open a file whose server sends it as a whole only; it is copied unless that is done already.

    :raises SourceError: when it is not the planned version.
    """
    place = place_in(spool, entry, ".copy")
    if not place.exists():
        with new_file(place) as copy, reading_url(origin.path):
            with open_stream(origin.path) as stream:
                copy_stream(stream, copy)
            origin.check()
    return SpooledFile(origin, place)


def copy_stream(stream: IO[bytes], copy: Callable[[bytes], None]) -> None:
    """Copy a stream in bounded memory.

    :param copy: what :func:`new_file` yields.
    """
    while data := stream.read(PIECE_BYTES):
        copy(data)


def local_path(entry: FileEntry, spool: Path) -> Path:
    """Return the path of a planned file's content, for programs that open files themselves.

    :param spool: where a copy is made of a file that is compressed or behind a URL, unless that is done already.
    """
    if not is_url(entry["path"]) and "compression" not in entry:
        return Path(entry["path"])
    place = place_in(spool, entry, ".plain")
    if not place.exists():
        with new_file(place) as copy:
            copy_stream(stream_of(open_source(entry, spool)), copy)
    return place


def _write(place: Path, descriptor: int, data: bytes) -> None:
    with writing(place):
        write_all(descriptor, data)
