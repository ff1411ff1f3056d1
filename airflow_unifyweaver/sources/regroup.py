"""Batches by key: records are sorted by it into a file of the spool, in which the batches are ranges again.

Sorting is external and stable: memory is bounded by :data:`MEMORY_LIMIT` whatever the number of keys and records,
and within a key records stay in the order of the source.
"""

from __future__ import annotations

import heapq
import struct
from array import array
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.sorted_runs import Form, SortedRuns
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.grouping import Grouping

MEMORY_LIMIT = 128 << 20
"""About how many bytes of records are held in memory before they are written to disk, sorted."""

KeyedRecord = tuple[bytes, bytes]
"""The key of a record, and the record as it shall stand in the spool, line end included."""

_BYTES_PER_RECORD = 200  # the Python objects around a key and a record
_LENGTHS = struct.Struct("<QQ")
_FILE = "by-key"
_key = itemgetter(0)


class KeyedRecords(Protocol):
    """What a type of source offers to have its batches cut by key."""

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all records of the source, in its order.

        :raises SourceError: when a record has no such column, naming file and offset.
        """

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file that has some of these records, one after another and nothing else.

        The type's reader takes it, with recipes that are ranges of bytes from one record's start to another's.
        """


def regroup(source: KeyedRecords, grouping: Grouping, spool: Path) -> SourcePlan:
    """Write the records of a source into the spool, sorted by key, and plan batches of whole keys.

    :param spool: the run's own folder, which is there.
    :raises SourceError: when a record has no key.
    :raises RunError: when the spool cannot be written.
    """
    path = spool / _FILE
    ends = array("Q", [0])
    with writing(path), path.open("wb") as file, SortedRuns(_FORM, spool) as runs:
        ends.extend(_packed(_written(file, _sorted(source.records(), runs)), grouping))
    return SourcePlan(source.manifest(path), ends[-1], _recipes(ends))


class _Group(NamedTuple):
    """All records of one key: how many, and where they stand in the spool."""

    records: int
    start: int
    stop: int


def _sorted(records: Iterable[KeyedRecord], runs: SortedRuns[KeyedRecord]) -> Iterable[KeyedRecord]:
    held: list[KeyedRecord] = []
    size = 0
    for record in records:
        held.append(record)
        size += len(record[0]) + len(record[1]) + _BYTES_PER_RECORD
        if size > MEMORY_LIMIT:
            held.sort(key=_key)
            runs.add(held)
            held.clear()
            size = 0
    held.sort(key=_key)
    return runs.merged_with(held)


def _written(file: IO[bytes], records: Iterable[KeyedRecord]) -> Iterator[_Group]:
    stop = 0
    for _, group in groupby(records, key=_key):
        start, count = stop, 0
        for _, raw in group:
            stop += file.write(raw)
            count += 1
        yield _Group(count, start, stop)


def _packed(groups: Iterable[_Group], grouping: Grouping) -> Iterator[int]:
    """Yield where batches end: each after as many whole keys as fit, and always after one that alone is too much."""
    records = start = stop = 0
    for group in groups:
        if stop > start and not _fits(grouping, records + group.records, group.stop - start):
            yield stop
            records, start = 0, stop
        records += group.records
        stop = group.stop
    if stop > start:
        yield stop


def _fits(grouping: Grouping, records: int, size: int) -> bool:
    if grouping.most_records is not None:
        return records <= grouping.most_records
    return grouping.most_bytes is not None and size <= grouping.most_bytes


def _recipes(ends: array[int]) -> Iterator[Recipe]:
    return ({"file": 0, "start": start, "stop": stop} for start, stop in pairwise(ends))


def _dump(record: KeyedRecord) -> bytes:
    key, raw = record
    return _LENGTHS.pack(len(key), len(raw)) + key + raw


def _load(file: IO[bytes]) -> Iterator[KeyedRecord]:
    while lengths := file.read(_LENGTHS.size):
        key, raw = _LENGTHS.unpack(lengths)
        yield file.read(key), file.read(raw)


_FORM: Form[KeyedRecord] = Form(_dump, _load, partial(heapq.merge, key=_key))
