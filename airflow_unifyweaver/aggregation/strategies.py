"""The strategies that fold values into one: count, sum, avg, concat and a user's own function.

Each is a :class:`~airflow_unifyweaver.aggregation.base.Strategy`, whose methods are described there.
"""
# ruff: noqa: D102

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.aggregation.exact import PartialSum, add, exact_sum, rounded_quotient
from airflow_unifyweaver.aggregation.numbers import as_numbers
from airflow_unifyweaver.exceptions import WorkError

_INTEGERS_ALONE = frozenset({int})


class Count:
    """The number of values, whatever they are."""

    def lift(self, values: Sequence[Any]) -> int:
        return len(values)

    def integers(self, values: Sequence[Any]) -> Sequence[int]:
        return [1] * len(values)

    def merge(self, left: int, right: int) -> int:
        return left + right

    def finish(self, partial: int) -> int:
        return partial

    def empty(self) -> int:
        return 0


class Sum:
    """The exact sum: an integer if all values are integers, else rounded to a float once, at the end."""

    def lift(self, values: Sequence[Any]) -> PartialSum:
        if _INTEGERS_ALONE.issuperset(map(type, values)):
            return int(sum(values))
        return exact_sum(as_numbers("sum", values))

    def integers(self, values: Sequence[Any]) -> Sequence[int] | None:
        return values if _INTEGERS_ALONE.issuperset(map(type, values)) else None

    def merge(self, left: PartialSum, right: PartialSum) -> PartialSum:
        return add(left, right)

    def finish(self, partial: PartialSum) -> int | float:
        return partial if isinstance(partial, int) else rounded_quotient(partial, 1)

    def empty(self) -> int:
        return 0


class Average:
    """The exact sum divided by the count, rounded to a float once; a partial result is ``[count, sum]``."""

    def lift(self, values: Sequence[Any]) -> list[Any]:
        return [len(values), exact_sum(as_numbers("avg", values))]

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return [left[0] + right[0], add(left[1], right[1])]

    def finish(self, partial: list[Any]) -> float:
        count, total = partial
        return rounded_quotient(total, count)

    def empty(self) -> None:
        return None


class Concat:
    """All values in order, in a list, which is one line and so must fit in memory."""

    def lift(self, values: Sequence[Any]) -> list[Any]:
        return list(values)

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        left.extend(right)
        return left

    def finish(self, partial: list[Any]) -> list[Any]:
        return partial

    def empty(self) -> list[Any]:
        return []


@dataclass(frozen=True)
class Custom:
    """A user's own function ``fn(earlier, later) -> combined``, applied as :func:`functools.reduce` would.

    It must be associative, for results are grouped into batches at will, and it must return what JSON can hold, for
    that is how batches hand on what they have: a tuple that one batch returned is a list in the merge of batches.

    :param name: the function as the job names it, ``"pkg.mod:fn"``.
    """

    name: str
    function: Callable[[Any, Any], Any]

    def lift(self, values: Sequence[Any]) -> Any:
        try:
            return functools.reduce(self.function, values)
        except Exception as error:
            raise self._failed(error) from error

    def merge(self, left: Any, right: Any) -> Any:
        try:
            return self.function(left, right)
        except Exception as error:
            raise self._failed(error) from error

    def finish(self, partial: Any) -> Any:
        return partial

    def empty(self) -> None:
        return None

    def _failed(self, error: Exception) -> WorkError:
        return WorkError(f"the aggregation {self.name} raised {type(error).__name__}: {error}")
