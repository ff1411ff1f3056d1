"""What an aggregation is: a combiner in the worker, a merge at the end.

A *strategy* says what values become (``lift``), how two partial results make one (``merge``) and what is shown in the
end (``finish``). ``merge`` is associative, so results may be grouped into batches and shards at will.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


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
