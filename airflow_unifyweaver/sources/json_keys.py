"""JSON values with the key that one of their members is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.json_array import compact
from airflow_unifyweaver.sources.json_pointer import pointed_elements
from airflow_unifyweaver.sources.json_scan import scan_values
from airflow_unifyweaver.sources.json_text import SCAN_ERRORS, UTF8, complaint, encoded, parse
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.raw_records import RawRecord, raw_records
from airflow_unifyweaver.sources.regroup import KeyedRecord
from airflow_unifyweaver.sources.source_file import SourceFile, open_source


class NotJsonError(SourceError):
    """A record is not JSON, and so has no key."""


class JsonKeys:
    """Objects by the value of a member: a text by what it says, any other value by its JSON text.

    :param manifest: the manifest of a file of such objects, one a line; its ``files`` are those to read.
    :param pointer: where in each the array of objects is; None when there is one a line.
    :param grouping: the member, by name.
    :param spool: the folder that the files were planned with.
    """

    remedy = "repair the file"
    """What to do about a record that has no key, for messages."""

    def __init__(self, manifest: Manifest, pointer: str | None, grouping: Grouping, spool: Path) -> None:
        self._manifest = manifest
        self._pointer = pointer
        self._grouping = grouping
        self._spool = spool

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all objects, each as a line.

        :raises SourceError: when a record is no object or has no such member.
        """
        for entry in self._manifest["files"]:
            file = open_source(entry, self._spool)
            for offset, raw in self._raw(file, entry["start"]):
                yield self.key(file.path, offset, raw), raw

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the objects."""
        return self._manifest | {"files": [spool_entry(path, UTF8.name)]}

    def _raw(self, file: SourceFile, start: int) -> Iterator[RawRecord]:
        if self._pointer is not None:
            for first, stop in pointed_elements(file, start, self._pointer):
                yield first, compact(file.read(first, stop)) + b"\n"
            return
        for chunk in raw_records(file, scan_values(file, UTF8, start, file.size), start, file.size):
            yield from ((offset, raw if raw.endswith(b"\n") else raw + b"\n") for offset, raw in chunk)

    def key(self, path: str, offset: int, raw: bytes) -> bytes:
        """Return the key of an object.

        :param path: its file, for messages.
        :param offset: its first byte there.
        :param raw: its text.
        :raises NotJsonError: when it is not JSON.
        :raises SourceError: when it is no object, or has no such member.
        """
        try:
            record = parse(raw.decode())
        except SCAN_ERRORS as error:
            reason = error.reason if isinstance(error, UnicodeDecodeError) else complaint(error, 0)[1]
            raise NotJsonError(
                f"{path}: the record at byte {offset} cannot be read as JSON ({reason}); {self.remedy}"
            ) from None
        name = self._grouping.column
        if not isinstance(record, dict) or name not in record:
            raise self._missing(path, offset, record)
        value = record[name]
        text = value if isinstance(value, str) else encoded(value)
        return self._grouping.key(path, offset, text.encode("utf-8", "surrogatepass"))

    def _missing(self, path: str, offset: int, record: Any) -> SourceError:
        column = f"{self._grouping.column!r} ({self._grouping.field})"
        if not isinstance(record, dict):
            return SourceError(
                f"{path}: the record at byte {offset} is no object, so it has no {column}; {self.remedy}"
            )
        return SourceError(
            f"{path}: the record at byte {offset} has no {column}{did_you_mean(str(self._grouping.column), record)}"
        )
