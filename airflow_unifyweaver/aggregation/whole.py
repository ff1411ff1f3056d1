"""Reductions of all results together: every result in order, or one value of them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.aggregation.base import Payload, Strategy
from airflow_unifyweaver.aggregation.readers import Reader, output_data, python_values
from airflow_unifyweaver.aggregation.values import as_lines, decode, encode, encode_all

_NOTHING = object()


@dataclass(frozen=True)
class ConcatAll:
    """Every result in order, and nothing but that.

    :param raw: whether the results are a command's lines, which are passed on as they are.
    """

    raw: bool

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return a line for each result."""
        if self.raw:
            data = output_data(results)
            return Payload(data, data.count(b"\n"))
        texts = [text for chunk in python_values(results) for text in encode_all(chunk)]
        return Payload(as_lines(texts), len(texts))

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the payloads."""
        return filter(None, payloads)


@dataclass(frozen=True)
class FoldAll:
    """All results folded into one value by a strategy."""

    strategy: Strategy
    read: Reader
    raw = False

    def combine(self, results: Iterable[Any]) -> Payload:
        """Return the partial result of a batch in one line, or nothing if it had no results."""
        count, partial = 0, _NOTHING
        for values in filter(None, self.read(results)):
            count += len(values)
            partial = self._merged(partial, self.strategy.lift(values))
        return Payload(encode(partial) + b"\n" if count else b"", count)

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield one value in one line."""
        partial = _NOTHING
        for payload in filter(None, payloads):
            partial = self._merged(partial, decode(payload))
        value = self.strategy.empty() if partial is _NOTHING else self.strategy.finish(partial)
        yield encode(value) + b"\n"

    def _merged(self, left: Any, right: Any) -> Any:
        return right if left is _NOTHING else self.strategy.merge(left, right)
