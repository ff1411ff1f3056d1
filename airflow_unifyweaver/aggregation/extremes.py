"""The strategy behind min and max.

The methods are described in :class:`~airflow_unifyweaver.aggregation.base.Strategy`.
"""
# ruff: noqa: D102

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from airflow_unifyweaver.aggregation.numbers import as_numbers
from airflow_unifyweaver.aggregation.values import shown
from airflow_unifyweaver.exceptions import WorkError


class Extreme:
    """The least or the greatest of numbers, or of strings by code point.

    NaN if any number is NaN. Of an integer and an equal float, the integer; a bool counts as an integer, and the
    zeros are one (``-0.0`` becomes ``0.0``).

    :param choose: ``min`` or ``max``.
    """

    def __init__(self, choose: Callable[..., Any]) -> None:
        self._choose = choose

    def lift(self, values: Sequence[Any]) -> Any:
        kinds = set(map(type, values))
        if kinds in ({str}, {int}):
            return self._choose(values)
        if any(isinstance(value, str) for value in values):
            return self._of_strings(values)
        return self._of_numbers(as_numbers(self._choose.__name__, values))

    def merge(self, left: Any, right: Any) -> Any:
        if isinstance(left, str) != isinstance(right, str):
            raise self._mixed(left, right)
        if left == right:
            return left if isinstance(left, int) else right
        return math.nan if _is_nan(left) or _is_nan(right) else self._choose(left, right)

    def finish(self, partial: Any) -> Any:
        return partial

    def empty(self) -> None:
        return None

    def _of_strings(self, values: Sequence[Any]) -> str:
        other = [value for value in values if not isinstance(value, str)]
        if other:
            raise self._mixed(next(value for value in values if isinstance(value, str)), other[0])
        return str(self._choose(values))

    def _of_numbers(self, numbers: Sequence[int | float]) -> int | float:
        floats = [number for number in numbers if isinstance(number, float)]
        integers = [int(number) for number in numbers if not isinstance(number, float)]
        if any(map(math.isnan, floats)):
            return math.nan
        choices: list[int | float] = [self._choose(integers)] if integers else []
        if floats:
            choices.append(self._choose(floats) + 0.0)
        best: int | float = functools.reduce(self.merge, choices)
        return best

    def _mixed(self, left: Any, right: Any) -> WorkError:
        return WorkError(
            f"{self._choose.__name__} needs numbers alone or strings alone, "
            f"but the results have both {shown(left)} and {shown(right)}"
        )


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
