"""Rows of csv files with the key that one of their columns is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.csv_alphabet import Alphabet
from airflow_unifyweaver.sources.csv_dialect import Dialect
from airflow_unifyweaver.sources.csv_scan import RowScanner
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.raw_records import RawRecord, raw_records
from airflow_unifyweaver.sources.regroup import KeyedRecord
from airflow_unifyweaver.sources.source_file import open_source


class CsvKeys:
    """Rows by the value of a column.

    :param entries: their files.
    :param grouping: the column, by name or number.
    :param spool: the folder that the files were planned with.
    :raises SourceError: when the files have no such column, or not the same columns.
    """

    def __init__(self, entries: Sequence[FileEntry], dialect: Dialect, grouping: Grouping, spool: Path) -> None:
        self._entries = [entry for entry in entries if entry["columns"]] or entries  # empty files have none
        self._dialect = dialect
        self._grouping = grouping
        self._spool = spool
        _check_same_columns(self._entries, grouping)
        self._position = _position(self._entries[0], grouping)

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all rows, in the encoding of the first file, each with a line end.

        :raises SourceError: when a row has not as many fields, or cannot be decoded.
        """
        target = encoding_named(self._entries[0]["encoding"])
        ends = target.newline, "\r".encode(target.name)
        for entry in self._entries:
            for key, raw in self._keyed(entry):
                row = raw if entry["encoding"] == target.name else raw.decode(entry["encoding"]).encode(target.name)
                yield key, row if row.endswith(ends) else row + target.newline

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the rows."""
        entry = spool_entry(path, self._entries[0]["encoding"])
        entry["columns"] = self._entries[0]["columns"]
        return {
            "type": "csv",
            "delimiter": self._dialect.delimiter,
            "quotechar": self._dialect.quotechar,
            "files": [entry],
        }

    def _keyed(self, entry: FileEntry) -> Iterator[KeyedRecord]:
        file = open_source(entry, self._spool)
        start, size = entry["start"], file.size
        scanner = RowScanner(Alphabet(self._dialect, encoding_named(entry["encoding"])))
        for chunk in raw_records(file, scanner.scan(file, start, size), start, size):
            rows = self._rows(entry, chunk)
            yield from (
                (self._key(entry["path"], offset, row), raw) for (offset, raw), row in zip(chunk, rows, strict=True)
            )

    def _rows(self, entry: FileEntry, chunk: Sequence[RawRecord]) -> Iterator[list[str]]:
        data = b"".join([raw for _, raw in chunk])
        text = encoding_named(entry["encoding"]).decode(data, entry["path"], chunk[0][0])
        return filter(None, self._dialect.rows(text))

    def _key(self, path: str, offset: int, row: Sequence[str]) -> bytes:
        if self._position >= len(row):
            raise self._grouping.missing(path, offset, len(row))
        return self._grouping.key(path, offset, row[self._position].encode("utf-8", "surrogatepass"))


def _check_same_columns(entries: Sequence[FileEntry], grouping: Grouping) -> None:
    first = entries[0]
    for entry in entries:
        if entry["columns"] != first["columns"]:
            raise SourceError(
                f"{entry['path']}: its columns ({', '.join(entry['columns'])}) are not those of {first['path']} "
                f"({', '.join(first['columns'])}); {grouping.field} puts rows of all files together, so they must have "
                "the same columns in the same order"
            )


def _position(entry: FileEntry, grouping: Grouping) -> int:
    if isinstance(grouping.column, int):
        return grouping.column - 1
    if not entry["columns"]:
        return 0
    if grouping.column not in entry["columns"]:
        raise SourceError(
            f"{entry['path']}: there is no column {grouping.column!r} ({grouping.field})"
            f"{did_you_mean(grouping.column, entry['columns'])}"
        )
    return entry["columns"].index(grouping.column)
