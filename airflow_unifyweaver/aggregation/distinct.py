"""Distinct values: set_union lists them and count_distinct counts them, all together or by key.

A payload has a line for each distinct value, or ``key<TAB>value`` for each distinct pair; the lines of all batches are
made distinct before anything is counted or listed, so no single line or list grows with the number of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import Any

from airflow_unifyweaver.aggregation.base import Payload
from airflow_unifyweaver.aggregation.external_merge import merge_external
from airflow_unifyweaver.aggregation.order import sort_key
from airflow_unifyweaver.aggregation.pieces import in_pieces
from airflow_unifyweaver.aggregation.readers import Reader
from airflow_unifyweaver.aggregation.values import as_lines, encode_all

_BYTES_PER_LINE = 200  # the Python objects behind a line, in the table and while it is sorted
_BYTES_PER_BYTE = 4  # the same for the text in it

_Order = Callable[[bytes], Any]


@dataclass(frozen=True)
class DistinctValues:
    """All distinct values, or their number.

    :param raw: whether the values are a command's lines and listed as such, sorted bytewise.
    """

    listed: bool
    read: Reader
    lines: bool

    @property
    def raw(self) -> bool:
        """Whether the result is lines of plain text."""
        return self.lines and self.listed

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return a line for each distinct value of a batch."""
        return _distinct(self.read(results), list if self.lines else encode_all)

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a line for each distinct value, or one with their number."""
        pieces = merge_external(payloads, _Lines(self._order()))
        if self.listed:
            return pieces
        return iter([b"%d\n" % sum(piece.count(b"\n") for piece in pieces)])

    def _order(self) -> _Order:
        # the order does not matter where values are only counted, and bytes are the fastest to sort
        return bytes if self.lines or not self.listed else sort_key


@dataclass(frozen=True)
class DistinctByKey:
    """The sorted distinct values of each key, or their number."""

    listed: bool
    read: Reader
    raw = False

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return a line for each distinct pair of a batch."""
        return _distinct(self.read(results), _encode_pairs)

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a line ``["key", value]`` for each key."""
        pairs = (line[:-1].split(b"\t") for line in self.combine_payloads(payloads))
        return in_pieces(self._line(key, group) for key, group in groupby(pairs, itemgetter(0)))

    def combine_payloads(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a line for each distinct pair, in the order of the keys."""
        for piece in merge_external(payloads, _Lines(_pair_order)):
            yield from BytesIO(piece)

    def _line(self, key: bytes, pairs: Iterable[list[bytes]]) -> bytes:
        if self.listed:
            return b"[%b,[%b]]\n" % (key, b",".join(value for _, value in pairs))
        return b"[%b,%d]\n" % (key, sum(1 for _ in pairs))


class _Lines:
    """The distinct lines so far."""

    def __init__(self, order: _Order) -> None:
        self.order = order
        self._lines: set[bytes] = set()

    def add(self, payload: bytes) -> int:
        lines = payload.split(b"\n")[:-1]
        self._lines.update(lines)
        return _BYTES_PER_BYTE * len(payload) + _BYTES_PER_LINE * len(lines)

    def take(self) -> Iterator[bytes]:
        lines, self._lines = self._lines, set()
        return in_pieces(line + b"\n" for line in sorted(lines, key=self.order))


def _distinct(chunks: Iterable[Sequence[Any]], encode_chunk: Callable[[Sequence[Any]], list[bytes]]) -> Payload:
    count = 0
    lines: set[bytes] = set()
    for chunk in chunks:
        count += len(chunk)
        lines.update(encode_chunk(chunk))
    return Payload(as_lines(sorted(lines)), count)


def _encode_pairs(pairs: Sequence[Any]) -> list[bytes]:
    keys = encode_all([key for key, _ in pairs])
    values = encode_all([value for _, value in pairs])
    return list(map(b"%b\t%b".__mod__, zip(keys, values, strict=True)))


def _pair_order(line: bytes) -> tuple[Any, ...]:
    key, _, value = line.partition(b"\t")
    return sort_key(key), sort_key(value)
