"""Merge more than fits in memory: collect in a table, spill it to disk in order, merge what was spilled.

Sorted runs are merged by ranges: as many lines of each run as are known to come before all that is still unread are
added to a table of their own. So no line is looked at alone, but for those at the ends of ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import IO, Any, Protocol

from airflow_unifyweaver.sorted_runs import Form, SortedRuns

MEMORY_LIMIT = 512 * 2**20
"""About how many bytes a table may take before it is spilled."""

RANGE_BYTES = 4 * 2**20
"""About how many bytes of all sorted runs together are merged at a time."""
PIECE_BYTES = 2**16
"""About how many bytes are read from a file at a time."""


class Table(Protocol):
    """What collects the lines of payloads in memory, and makes one line of those that belong together."""

    def add(self, payload: bytes) -> int:
        """Add the lines of a payload, among which none belong together.

        :return: about how many bytes of memory these take.
        """

    def take(self) -> Iterator[bytes]:
        """Return all lines in order, in pieces of many, and forget them."""

    def order(self, line: bytes) -> Any:
        """Return what a line, given without its newline, is sorted by; those that belong together are equal in it."""


def merge_external(payloads: Iterable[bytes], table: Table) -> Iterator[bytes]:
    """Yield the lines of all payloads in order, in pieces of many.

    Lines that belong together are given to the table in the order of their payloads, and come out as one.
    """
    held = 0
    with SortedRuns(Form(bytes, read_pieces, partial(merge_runs, table))) as runs:
        for payload in payloads:
            held += table.add(payload)
            if held > MEMORY_LIMIT:
                runs.add(table.take())
                held = 0
        yield from runs.merged_with(table.take())


def merge_runs(table: Table, *runs: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of sorted runs in order, in pieces of many.

    :param table: an empty one.
    :param runs: pieces of lines.
    """
    heads = [_Head(run, table.order, RANGE_BYTES // len(runs)) for run in runs]
    while heads := [head for head in heads if head.fill()]:
        bound = min(head.last() for head in heads)
        for head in heads:
            table.add(head.take(bound))
        yield from table.take()


def read_pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file of lines in pieces."""
    while piece := file.read(PIECE_BYTES):
        yield piece + file.readline()


class _Head:
    """The next lines of a run."""

    def __init__(self, run: Iterator[bytes], order: Callable[[bytes], Any], size: int) -> None:
        self._run = run
        self._order = order
        self._size = size
        self._lines = b""

    def fill(self) -> bool:
        """Read up to the wanted size; tell whether there are lines left."""
        pieces, size = [self._lines], len(self._lines)
        while size <= self._size and (piece := next(self._run, b"")):
            pieces.append(piece)
            size += len(piece)
        self._lines = b"".join(pieces)
        return bool(self._lines)

    def last(self) -> Any:
        """Return what the last line is sorted by."""
        return self._order(self._lines[self._lines.rfind(b"\n", 0, -1) + 1 : -1])

    def take(self, bound: Any) -> bytes:
        """Take the lines up to a bound away."""
        low, high = 0, len(self._lines)
        while low < high:
            start = max(low, self._lines.rfind(b"\n", low, (low + high) // 2) + 1)
            stop = self._lines.index(b"\n", start) + 1
            if self._order(self._lines[start : stop - 1]) <= bound:
                low = stop
            else:
                high = start
        taken, self._lines = self._lines[:low], self._lines[low:]
        return taken
