"""Segments: files of results, appended to by one worker each; a commit names a part of one."""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from airflow_unifyweaver.exceptions import cannot_write, writing
from airflow_unifyweaver.sources.source_file import read_part


class Commit(NamedTuple):
    """Where the results of a committed batch stand.

    :param segment: name of the file in the shard's ``segments``.
    :param offset: first byte.
    :param length: bytes.
    :param checksum: CRC-32 of these bytes.
    :param results: how many results of work are in them.
    """

    segment: str
    offset: int
    length: int
    checksum: int
    results: int

    def to_payload(self) -> dict[str, Any]:
        """Return the commit as the part of an event's payload that names it."""
        return {
            "results_count": self.results,
            "segment": self.segment,
            "offset": self.offset,
            "length": self.length,
            "checksum": self.checksum,
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Commit:
        """Read a commit from the payload of a ``batch_complete`` event."""
        return cls(
            sys.intern(payload["segment"]),
            payload["offset"],
            payload["length"],
            payload["checksum"],
            payload["results_count"],
        )


MAX_OPEN = 64
"""So many segments are kept open to read them: batches that follow each other are in those of several slots."""


class SegmentWriter:
    """Appends results to a new segment.

    :param folder: the shard's ``segments``.
    :param slot: number of the worker's slot, part of the segment's name.
    :raises RunError: when it cannot be made.
    """

    def __init__(self, folder: Path, slot: int) -> None:
        self._name = f"slot_{slot:02d}_{os.urandom(6).hex()}.segment"
        self._path = folder / self._name
        with writing(self._path):
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._end = 0

    def append(self, data: bytes, results: int) -> Commit:
        """Write the results of one batch behind those of the last, and return the commit that will name them.

        A write that was interrupted is written over by the next one, since no commit names it.

        :param data: the results, as an aggregation has combined them.
        :param results: how many results of work these are.
        :raises RunError: when they could not be written wholly.
        """
        written = 0
        try:
            with memoryview(data) as view:
                while written < len(data):
                    written += os.pwrite(self._descriptor, view[written:], self._end + written)
        except OSError as error:
            raise cannot_write(f"results to {self._path}", error) from error
        commit = Commit(self._name, self._end, len(data), zlib.crc32(data), results)
        self._end += len(data)
        return commit

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class SegmentReader:
    """Reads committed results, keeping segments open.

    :param folder: the shard's ``segments``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, int] = {}

    def read(self, commit: Commit) -> bytes | None:
        """Return the results that a commit names, or None when they are not there or not what was committed."""
        try:
            data = read_part(self._descriptor(commit.segment), commit.offset, commit.offset + commit.length)
        except FileNotFoundError:
            data = b""
        return data if len(data) == commit.length and zlib.crc32(data) == commit.checksum else None

    def close(self) -> None:
        """Close the segments that are open."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _descriptor(self, segment: str) -> int:
        if segment not in self._open:
            if len(self._open) >= MAX_OPEN:
                self.close()
            self._open[segment] = os.open(self._folder / segment, os.O_RDONLY)
        return self._open[segment]
