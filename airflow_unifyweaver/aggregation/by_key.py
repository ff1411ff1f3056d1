"""Reductions within each key: one line ``["key", value]`` a key, in the order of the keys.

A payload has a line ``key<TAB>partial result`` a key, both as JSON, which has no TAB of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import itemgetter
from typing import Any

from airflow_unifyweaver.aggregation.base import Payload, Strategy
from airflow_unifyweaver.aggregation.external_merge import merge_external
from airflow_unifyweaver.aggregation.order import in_order, sort_key
from airflow_unifyweaver.aggregation.pieces import in_pieces
from airflow_unifyweaver.aggregation.readers import Reader
from airflow_unifyweaver.aggregation.values import as_lines, decode, decode_all, encode, encode_all

_Entry = tuple[bytes, Any]  # the JSON text of a key, and a partial result


@dataclass(frozen=True)
class FoldByKey:
    """The values of each key folded into one by a strategy."""

    strategy: Strategy
    read: Reader
    raw = False

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return the partial result of each key of a batch."""
        count = 0
        partials: dict[str | bytes, Any] = {}
        for pairs in self.read(results):
            count += len(pairs)
            for key, values in _grouped(pairs).items():
                partial = self.strategy.lift(values)
                partials[key] = self.strategy.merge(partials[key], partial) if key in partials else partial
        return Payload(_payload(partials), count)

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the value of each key."""
        return in_pieces(self._lines(payloads))

    def _lines(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        entries = merge_external(payloads, _Partials(self.strategy))
        for key, group in groupby(entries, itemgetter(0)):
            partial = reduce(self.strategy.merge, (entry[1] for entry in group))
            yield b"[%b,%b]\n" % (key, encode(self.strategy.finish(partial)))


class _Partials:
    """The partial result of each key so far."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._partials: dict[bytes, Any] = {}

    def add(self, payload: bytes) -> None:
        partials, merge = self._partials, self._strategy.merge
        lines = [line.partition(b"\t") for line in payload.split(b"\n")[:-1]]
        for (key, _, _), partial in zip(lines, decode_all([line[2] for line in lines]), strict=True):
            partials[key] = merge(partials[key], partial) if key in partials else partial

    def take(self) -> Iterator[_Entry]:
        partials, self._partials = self._partials, {}
        return ((key, partials[key]) for key in in_order(partials))

    def order(self, entry: _Entry) -> Any:
        return sort_key(entry[0])

    def dump(self, entry: _Entry) -> bytes:
        return b"%b\t%b\n" % (entry[0], encode(entry[1]))

    def load(self, line: bytes) -> _Entry:
        key, _, partial = line.partition(b"\t")
        return key, decode(partial)


def _grouped(pairs: Sequence[Any]) -> dict[str | bytes, list[Any]]:
    # A text is its own name; other keys go by their JSON text, for Python takes 1, 1.0 and True for the same key.
    groups: dict[str | bytes, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key if type(key) is str else encode(key)].append(value)
    return groups


def _payload(partials: dict[str | bytes, Any]) -> bytes:
    texts = zip(_names(list(partials)), encode_all(list(partials.values())), strict=True)
    return as_lines(list(map(b"%b\t%b".__mod__, texts)))


def _names(keys: list[str | bytes]) -> list[bytes]:
    if {str}.issuperset(map(type, keys)):
        return encode_all(keys)
    return [encode(key) if isinstance(key, str) else key for key in keys]
