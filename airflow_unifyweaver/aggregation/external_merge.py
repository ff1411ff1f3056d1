"""Merge more than fits in memory: collect in a table, spill it to disk in order, merge what was spilled.

Entries that are in one place when sorted (the same key, the same value) keep the order in which they were added.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import IO, Any, Generic, NamedTuple, Protocol, Self, TypeVar

from airflow_unifyweaver.exceptions import writing

MEMORY_LIMIT = 512 * 2**20
"""About how many bytes a table may take before it is spilled."""

MAX_RUNS_MERGED = 64
"""How many files are merged at once, and so are open at a time for each level of merging."""

_BYTES_PER_LINE = 200  # the Python objects behind a line, in a table and while it is sorted
_BYTES_PER_BYTE = 4  # the same for the text in it

Entry = TypeVar("Entry")


class Table(Protocol[Entry]):
    """What collects payloads in memory, and what its entries look like on disk."""

    def add(self, payload: bytes) -> None:
        """Add all lines of a payload."""

    def take(self) -> Iterable[Entry]:
        """Return all entries in order, and forget them."""

    def order(self, entry: Entry) -> Any:
        """Return what an entry is sorted by."""

    def dump(self, entry: Entry) -> bytes:
        """Return the line that holds an entry, its newline included."""

    def load(self, line: bytes) -> Entry:
        """Read a line that :meth:`dump` has written."""


def merge_external(payloads: Iterable[bytes], table: Table[Entry]) -> Iterator[Entry]:
    """Yield the entries of all payloads in order.

    Each table's entries are unique, but what was spilled in between may come again; then the earlier comes first.
    """
    held = 0
    with _SortedRuns(table) as runs:
        for payload in payloads:
            table.add(payload)
            held += _BYTES_PER_BYTE * len(payload) + _BYTES_PER_LINE * payload.count(b"\n")
            if held > MEMORY_LIMIT:
                runs.add(table.take())
                held = 0
        yield from runs.merged_with(table.take())


def _writing() -> AbstractContextManager[None]:
    return writing(f"temporary files in {tempfile.gettempdir()}")


class _Run(NamedTuple):
    level: int
    file: IO[bytes]


class _SortedRuns(Generic[Entry]):
    """Sorted runs of entries, in files that vanish with the process even when it is killed."""

    def __init__(self, table: Table[Entry]) -> None:
        self._table = table
        self._runs: list[_Run] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with _writing(), ExitStack() as files:  # what could not be written is tried again by closing
            for run in self._runs:
                files.enter_context(run.file)

    def add(self, entries: Iterable[Entry], level: int = 0) -> None:
        """Write a run; as soon as there are many of a level, make them one run of the next level."""
        with _writing():
            file = tempfile.TemporaryFile(prefix="unifyweaver-")  # noqa: SIM115, closed on exit
            self._runs.append(_Run(level, file))
            file.writelines(map(self._table.dump, entries))
            file.flush()
        latest = self._runs[-MAX_RUNS_MERGED:]
        if len(latest) == MAX_RUNS_MERGED and latest[0].level == level:  # levels never rise along the list
            self._unite(latest, level + 1)

    def merged_with(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """Return the entries of all runs and then those given, in order."""
        if not self._runs:
            return entries
        return self._merged(self._runs, entries)

    def _unite(self, runs: list[_Run], level: int) -> None:
        with ExitStack() as files:
            for run in runs:
                files.enter_context(run.file)
            del self._runs[-len(runs) :]
            self.add(self._merged(runs, ()), level)

    def _merged(self, runs: list[_Run], entries: Iterable[Entry]) -> Iterator[Entry]:
        return heapq.merge(*map(self._read, runs), entries, key=self._table.order)

    def _read(self, run: _Run) -> Iterator[Entry]:
        run.file.seek(0)
        return map(self._table.load, run.file)
