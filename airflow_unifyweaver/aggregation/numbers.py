"""Results as numbers: what sum, avg, min and max take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_unifyweaver.aggregation.values import numpy_item, shown
from airflow_unifyweaver.digits import from_digits
from airflow_unifyweaver.exceptions import WorkError

_NUMBERS = frozenset({int, float, bool})


def as_numbers(reduce: str, values: Sequence[Any]) -> Sequence[int | float]:
    """Return the values as Python's own numbers; a bool counts as an integer.

    :param reduce: the aggregation that needs them.
    :raises WorkError: when one is not a number.
    """
    if _NUMBERS.issuperset(map(type, values)):
        return values
    return [_as_number(reduce, value) for value in values]


def parse_numbers(reduce: str, texts: Sequence[str], lines: Sequence[str]) -> list[int | float]:
    """Read numbers that a command printed: integers of any size, else floats; blanks around them are ignored.

    :param reduce: the aggregation that needs them.
    :param lines: the lines that the texts are from, to be quoted.
    :raises WorkError: when one is not a number.
    """
    if "_" not in "".join(texts):  # int() takes 1_000, but in a command's output that is hardly a number
        try:
            return list(map(int, texts))
        except ValueError:
            pass
    return [_parse_number(reduce, text, line) for text, line in zip(texts, lines, strict=True)]


def _as_number(reduce: str, value: Any) -> int | float:
    number = numpy_item(value)
    if isinstance(number, int):
        return int(number)
    if isinstance(number, float):
        return float(number)
    raise WorkError(
        f"{reduce} needs numbers, but a result is {shown(value)}, of type {type(value).__name__}; "
        "give int or float, or choose another aggregation"
    )


def _parse_number(reduce: str, text: str, line: str) -> int | float:
    body = text.strip()
    try:
        if body.lstrip("+-").isdecimal():
            return from_digits(body)
        if "_" not in body:
            return float(body)
    except ValueError:
        pass
    raise WorkError(f"{reduce} needs numbers, but the command printed the line {shown(line)}")
