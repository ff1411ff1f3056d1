"""Lines with the key that one of their columns is, split at white space as awk does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.raw_records import raw_records
from airflow_unifyweaver.sources.regroup import KeyedRecord
from airflow_unifyweaver.sources.source_file import open_source
from airflow_unifyweaver.sources.text_scan import scan_lines

_SEPARATORS = " \t\r\n"
_FIELD = rb"[^ \t]++"
_MOST_FIELDS = 1 << 31  # no line has so many, and a pattern cannot count to more than twice that


class TextKeys:
    """Lines by the value of a column.

    :param entries: their files.
    :param grouping: the column, which is a number.
    :param spool: the folder that the files were planned with.
    """

    def __init__(self, entries: Sequence[FileEntry], grouping: Grouping, spool: Path) -> None:
        self._entries = entries
        self._grouping = grouping
        self._spool = spool
        skipped = min(int(grouping.column) - 1, _MOST_FIELDS)
        self._field = re.compile(rb"[ \t]*+(?:%b[ \t]++){%d}(%b)" % (_FIELD, skipped, _FIELD))

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all lines, in the encoding of the first file, each with an end.

        :raises SourceError: when a line has not as many fields.
        """
        target = self._encoding(0)
        for index in range(len(self._entries)):
            encoding = self._encoding(index)
            whole = _in_encoding(encoding, target)
            for key, raw in self._keyed(self._entries[index], encoding):
                yield key, whole(raw)

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the lines."""
        entry = spool_entry(path, self._encoding(0).name)
        return {"type": "text", "exact": True, "files": [entry]}

    def _encoding(self, index: int) -> Encoding:
        return encoding_named(self._entries[index]["encoding"])

    def _keyed(self, entry: FileEntry, encoding: Encoding) -> Iterator[KeyedRecord]:
        file = open_source(entry, self._spool)
        start, size = entry["start"], file.size
        is_plain = encoding.newline == b"\n" and all(map(encoding.searchable, _SEPARATORS))
        for chunk in raw_records(file, scan_lines(file, encoding, start, size), start, size):
            for offset, raw in chunk:
                line = raw if is_plain else encoding.decode(raw, file.path, offset).encode("utf-8", "surrogatepass")
                yield self.key(file.path, offset, without_end(line)), raw

    def key(self, path: str, offset: int, line: bytes) -> bytes:
        """Return the key of a line.

        :param path: its file, for messages.
        :param offset: its first byte there.
        :param line: the line, without its end.
        :raises SourceError: when it has not as many fields.
        """
        found = self._field.match(line)
        if found is None:
            raise self._grouping.missing(path, offset, len(re.findall(_FIELD, line)))
        return self._grouping.key(path, offset, found[1])


def without_end(line: bytes) -> bytes:
    """Return a line of UTF-8 without what ends it."""
    return line[:-2] if line.endswith(b"\r\n") else line.removesuffix(b"\n")


def _in_encoding(encoding: Encoding, target: Encoding) -> Callable[[bytes], bytes]:
    """Return what makes a line of one encoding a line of another that has an end."""
    newline, carriage_return = target.newline, "\r".encode(target.name)

    def whole(raw: bytes) -> bytes:
        if encoding != target:
            raw = raw.decode(encoding.name).encode(target.name)
        if raw.endswith(newline):
            return raw
        # A return at the end of the source is part of its line, and has to stay it in front of a newline.
        return raw + (carriage_return if raw.endswith(carriage_return) else b"") + newline

    return whole
