"""Sums without rounding: the same total in any order and any grouping.

A partial sum is a JSON value in one of three forms, each canonical:

* an integer: the sum of integers alone;
* text such as ``"0x1bp-3"``: an exact sum with floats in it, here 27 / 8, in C's hexadecimal notation with an odd
  mantissa (hexadecimal, because its conversion is fast and unlimited at any length);
* infinity or NaN: a sum with such a float in it, by IEEE's rules.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from itertools import chain

PartialSum = int | str | float

_MANY = 4  # floats for which math.fsum pays


def exact_sum(numbers: Sequence[int | float]) -> PartialSum:
    """Add integers and floats exactly."""
    kinds = set(map(type, numbers))
    if float not in kinds:
        return sum(numbers)
    if len(kinds) == 1:
        return _sum_of_floats(numbers)
    integers = sum(number for number in numbers if not isinstance(number, float))
    return add(integers, _sum_of_floats([number for number in numbers if isinstance(number, float)]))


def add(left: PartialSum, right: PartialSum) -> PartialSum:
    """Add two partial sums exactly."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if isinstance(left, float) or isinstance(right, float):
        return sum(part for part in (left, right) if isinstance(part, float))
    return _written(*_added(_read(left), _read(right)))


def rounded_quotient(total: PartialSum, divisor: int) -> float:
    """Divide a sum by a positive integer and round once; what is too large becomes infinite."""
    if isinstance(total, float):
        return total
    mantissa, exponent = _read(total)
    try:
        return (mantissa << max(exponent, 0)) / (divisor << max(-exponent, 0))
    except OverflowError:
        return math.inf if mantissa > 0 else -math.inf


def _sum_of_floats(floats: Sequence[float]) -> PartialSum:
    if len(floats) < _MANY:
        return _sum_one_by_one(floats)
    # fsum rounds once: taking its result away and summing again gives what was rounded off, until nothing is left
    parts: list[float] = []
    try:
        while part := math.fsum(chain(floats, map(operator.neg, parts))):
            if not math.isfinite(part):
                return part
            parts.append(part)
    except (OverflowError, ValueError):  # larger than a float on the way, or infinities of both signs
        return _sum_one_by_one(floats)
    return _sum_one_by_one(parts)


def _sum_one_by_one(floats: Sequence[float]) -> PartialSum:
    special = [number for number in floats if not math.isfinite(number)]
    if special:
        return sum(special)
    return _written(*functools.reduce(_added, map(_split, floats), (0, 0)))


def _split(number: float) -> tuple[int, int]:
    numerator, denominator = number.as_integer_ratio()  # the denominator is a power of two
    return numerator, 1 - denominator.bit_length()


def _added(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    exponent = min(left[1], right[1])
    return (left[0] << left[1] - exponent) + (right[0] << right[1] - exponent), exponent


def _written(mantissa: int, exponent: int) -> str:
    if not mantissa:
        return "0x0p0"
    zeros = (mantissa & -mantissa).bit_length() - 1
    return f"{mantissa >> zeros:#x}p{exponent + zeros}"


def _read(total: int | str) -> tuple[int, int]:
    if isinstance(total, int):
        return total, 0
    mantissa, _, exponent = total.partition("p")
    return int(mantissa, 16), int(exponent)
