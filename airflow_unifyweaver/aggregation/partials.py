"""The partial result of each key: folded together, as the lines of a payload, and as a table to be merged.

A payload has a line ``key<TAB>partial result`` a key, both as JSON, which has no TAB of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import add
from typing import Any

from airflow_unifyweaver.aggregation.base import AddingStrategy, Strategy
from airflow_unifyweaver.aggregation.order import in_order, sort_key
from airflow_unifyweaver.aggregation.values import decode_all, encode_all

_PIECE_KEYS = 1_024
_BYTES_PER_LINE = 200  # the Python objects behind a line, in the table and while it is sorted
_BYTES_PER_BYTE = 4  # the same for the text in it
_INTEGER = frozenset({int})


class Folded:
    """The partial result of each key so far, whatever the keys are.

    :param strategy: merges partial results.
    """

    def __init__(self, strategy: Strategy) -> None:
        self._merge = strategy.merge
        self._adds = isinstance(strategy, AddingStrategy)  # and there are nothing but integers
        self.partials: dict[Any, Any] = {}

    def fold(self, keys: Sequence[Any], partials: Sequence[Any]) -> None:
        """Merge the partial results of distinct keys behind those that there are."""
        held, merge = self.partials, self._merge
        self._adds = self._adds and _INTEGER.issuperset(map(type, partials))
        if not held:
            held.update(zip(keys, partials, strict=True))
            if len(held) == len(keys):
                return
            held.clear()  # two keys have one text in JSON, as the halves of a surrogate pair and their character do
        if self._adds:
            held.update(zip(keys, map(add, map(held.get, keys, repeat(0)), partials), strict=True))
            return
        for key, partial in zip(keys, partials, strict=True):
            held[key] = merge(held[key], partial) if key in held else partial


class Partials:
    """A table of partial results by the JSON text of their keys.

    :param strategy: merges partial results.
    """

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._folded = Folded(strategy)

    def add(self, payload: bytes) -> int:
        """Add the partial results of a payload, in which each key is once; return about how much memory they take."""
        keys, partials = read_payload(payload)
        self._folded.fold(keys, partials)
        return _BYTES_PER_BYTE * len(payload) + _BYTES_PER_LINE * len(keys)

    def take(self) -> Iterator[bytes]:
        """Return all lines in the order of the keys, and forget them."""
        partials, self._folded = self._folded.partials, Folded(self._strategy)
        return _pieces(partials)

    def order(self, line: bytes) -> Any:
        """Return what a line is sorted by, which is its key."""
        return sort_key(line.partition(b"\t")[0])


def read_payload(payload: bytes) -> tuple[list[bytes], list[Any]]:
    """Return the JSON texts of a payload's keys, and the partial results."""
    texts = payload.replace(b"\n", b"\t").split(b"\t")
    return texts[:-1:2], decode_all(texts[1::2])


def as_payload(keys: Sequence[bytes], partials: Sequence[Any]) -> bytes:
    """Return the lines of some keys, given as JSON texts, and their partial results."""
    if _INTEGER.issuperset(map(type, partials)):
        try:
            return b"".join(map(b"%b\t%d\n".__mod__, zip(keys, partials, strict=True)))
        except ValueError:  # an integer beyond Python's limit of digits
            pass
    return b"".join(map(b"%b\t%b\n".__mod__, zip(keys, encode_all(partials), strict=True)))


def _pieces(partials: dict[bytes, Any]) -> Iterator[bytes]:
    keys = in_order(partials)
    for start in range(0, len(keys), _PIECE_KEYS):
        some = keys[start : start + _PIECE_KEYS]
        yield as_payload(some, list(map(partials.__getitem__, some)))
