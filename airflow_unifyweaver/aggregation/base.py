"""What an aggregation is: a combiner in the worker, a merge at the end.

A *strategy* says what values become (``lift``), how two partial results make one (``merge``) and what is shown in the
end (``finish``). ``merge`` is associative, so results may be grouped into batches and shards at will.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class Payload:
    """What one batch adds to the result: lines of text for a segment, and the number of results behind them."""

    data: bytes
    results: int


class Strategy(Protocol):
    """One way to reduce values, used for a whole result or within each key. Picklable."""

    def lift(self, values: Sequence[Any]) -> Any:
        """Turn values, at least one, into a partial result, a JSON value.

        :raises WorkError: when the aggregation cannot take one of them, as a sum cannot take ``"abc"``.
        """

    def merge(self, left: Any, right: Any) -> Any:
        """Make one partial result of two, ``left`` being the earlier one, which may be changed and given back."""

    def finish(self, partial: Any) -> Any:
        """Turn the last partial result into the value that is published."""

    def empty(self) -> Any:
        """Return the value that is published when there was nothing at all to reduce."""


@runtime_checkable
class BulkStrategy(Strategy, Protocol):
    """A strategy to which one call for many groups of values costs less than many calls."""

    def lift_all(self, groups: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """Lift each group of values."""

    def finish_all(self, partials: Sequence[Any]) -> Sequence[Any]:
        """Finish each partial result."""


@runtime_checkable
class AddingStrategy(Strategy, Protocol):
    """A strategy that adds: what it does to integers is fast, for it needs no call of Python.

    Partial results that are integers are merged by ``+``, and published as they are. All others are text, infinite or
    NaN, and of these, text alone is published as something else.
    """

    def integers(self, values: Sequence[Any]) -> Sequence[int] | None:
        """Lift each value by itself, or return None unless that gives integers for sure."""


def lift_all(strategy: Strategy, groups: Sequence[Sequence[Any]]) -> Iterable[Any]:
    """Return the partial result of each group of values."""
    return strategy.lift_all(groups) if isinstance(strategy, BulkStrategy) else map(strategy.lift, groups)


def finish_all(strategy: Strategy, partials: Sequence[Any]) -> Iterable[Any]:
    """Return what is published of each partial result."""
    return strategy.finish_all(partials) if isinstance(strategy, BulkStrategy) else map(strategy.finish, partials)


class Aggregation(Protocol):
    """Both ends of an aggregation: :meth:`combine` in workers, :meth:`merge` where the result is published."""

    @property
    def raw(self) -> bool:
        """Whether the result is lines of plain text (a command's own output) and not one JSON value a line."""

    def combine(self, results: Iterable[Any]) -> Payload:
        """Combine the results of one batch.

        :raises WorkError: when a result does not fit the aggregation; the message shows it.
        """

    def merge(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Merge the payloads of all batches, in the order of the batches, in bounded memory.

        :return: the published result in pieces of whole lines.
        """


@runtime_checkable
class KeyedAggregation(Aggregation, Protocol):
    """An aggregation by key: the lines of its payloads begin with a key and a TAB, and each key is merged apart."""

    def combine_payloads(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Combine the payloads of consecutive batches to less lines of the same kind, in the order of their keys.

        What is merged in the end is the same, in bounded memory as well.
        """
