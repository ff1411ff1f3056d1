"""Merge more than fits in memory: collect in a table, spill it to disk in order, merge what was spilled.

Entries that are in one place when sorted (the same key, the same value) keep the order in which they were added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

from airflow_unifyweaver.sorted_runs import Form, SortedRuns

MEMORY_LIMIT = 512 * 2**20
"""About how many bytes a table may take before it is spilled."""

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
    with SortedRuns(Form(table.order, table.dump, lambda file: map(table.load, file))) as runs:
        for payload in payloads:
            table.add(payload)
            held += _BYTES_PER_BYTE * len(payload) + _BYTES_PER_LINE * payload.count(b"\n")
            if held > MEMORY_LIMIT:
                runs.add(table.take())
                held = 0
        yield from runs.merged_with(table.take())
