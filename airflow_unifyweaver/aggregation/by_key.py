"""Reductions within each key: one line ``["key", value]`` a key, in the order of the keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from airflow_unifyweaver.aggregation import duckdb_partials
from airflow_unifyweaver.aggregation.base import AddingStrategy, Payload, Strategy, finish_all, lift_all
from airflow_unifyweaver.aggregation.external_merge import merge_external
from airflow_unifyweaver.aggregation.partials import Folded, Partials, as_payload, read_payload
from airflow_unifyweaver.aggregation.readers import Reader
from airflow_unifyweaver.aggregation.values import encode, encode_all

_TEXT = frozenset({str})

_Key = str | bytes  # a text is its own name, other keys go by their JSON text: Python takes 1, 1.0 and True for one key


@dataclass(frozen=True)
class FoldByKey:
    """The values of each key folded into one by a strategy."""

    strategy: Strategy
    read: Reader
    raw = False

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return the partial result of each key of a batch."""
        count = 0
        folded = Folded(self.strategy)
        for pairs in self.read(results):
            count += len(pairs)
            keys = [key for key, _ in pairs]
            partials = self._lifted(keys, [value for _, value in pairs])
            folded.fold(list(partials), list(partials.values()))
        return Payload(as_payload(_names(list(folded.partials)), list(folded.partials.values())), count)

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the value of each key."""
        return map(self._finished, self._merged(payloads))

    def combine_payloads(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a line with the partial result of each key, in the order of the keys."""
        for piece in self._merged(payloads):
            yield from BytesIO(piece)

    def _merged(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        new_table = partial(Partials, self.strategy)
        if isinstance(self.strategy, AddingStrategy) and duckdb_partials.is_available():
            return duckdb_partials.merge_with_duckdb(payloads, new_table)
        return merge_external(payloads, new_table())

    def _lifted(self, keys: Sequence[Any], values: Sequence[Any]) -> Mapping[Any, Any]:
        if isinstance(self.strategy, AddingStrategy) and _TEXT.issuperset(map(type, keys)):
            integers = self.strategy.integers(values)
            if integers is not None:
                return _totals(keys, integers)
        groups: dict[_Key, list[Any]] = defaultdict(list)
        for key, value in zip(keys, values, strict=True):
            # A text that is more than a text, such as a member of a StrEnum, is the key that it is equal to.
            groups[str.__str__(key) if isinstance(key, str) else encode(key)].append(value)
        return dict(zip(groups, lift_all(self.strategy, list(groups.values())), strict=True))

    def _finished(self, payload: bytes) -> bytes:
        if isinstance(self.strategy, AddingStrategy) and b'\t"' not in payload:
            return b"[%b]\n" % payload[:-1].replace(b"\t", b",").replace(b"\n", b"]\n[")
        keys, partials = read_payload(payload)
        values = encode_all(list(finish_all(self.strategy, partials)))
        return b"".join(map(b"[%b,%b]\n".__mod__, zip(keys, values, strict=True)))


def _totals(keys: Sequence[str], integers: Sequence[int]) -> Mapping[str, int]:
    if integers.count(1) == len(integers):
        return Counter(keys)
    totals = dict(zip(keys, integers, strict=True))
    if len(totals) < len(keys):
        totals = defaultdict(int)
        for key, integer in zip(keys, integers, strict=True):
            totals[key] += integer
    return totals


def _names(keys: list[_Key]) -> list[bytes]:
    if _TEXT.issuperset(map(type, keys)):
        return encode_all(keys)
    return [encode(key) if isinstance(key, str) else key for key in keys]
