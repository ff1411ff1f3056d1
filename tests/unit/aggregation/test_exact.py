import math
from fractions import Fraction

import pytest

from airflow_unifyweaver.aggregation.exact import add, exact_sum, rounded_quotient


@pytest.mark.parametrize(
    ("numbers", "partial"),
    [
        ([1, True, 2], 4),
        ([27 / 8], "0x1bp-3"),
        ([-1.5, 1], "-0x1p-1"),
        ([0.5, -0.5], "0x0p0"),
        ([-0.0], "0x0p0"),
        ([2.0**1023] * 10, "0x5p1024"),
        ([5e-324, 1, -1], "0x1p-1074"),
        ([1.0] * 8, "0x1p3"),
        ([math.inf, 1e308, 1e308, 1e308, 1], math.inf),
        ([-math.inf, 1], -math.inf),
    ],
)
def test_partial_sums_are_canonical(numbers, partial):
    assert exact_sum(numbers) == partial
    assert exact_sum(numbers[::-1]) == partial


@pytest.mark.parametrize("numbers", [[math.inf, -math.inf], [math.nan, 1], [1.0, 2.0, math.inf, 3.0, -math.inf]])
def test_not_a_number(numbers):
    assert math.isnan(exact_sum(numbers))
    assert math.isnan(add(exact_sum(numbers[:1]), exact_sum(numbers[1:])))


def test_cancellation_across_all_magnitudes():
    numbers = [10.0**exponent for exponent in range(-300, 300)]
    assert exact_sum([*numbers, *(-number for number in numbers)]) == "0x0p0"
    total = exact_sum(numbers)
    assert rounded_quotient(total, 1) == float(sum(map(Fraction, numbers)))


@pytest.mark.parametrize(
    ("total", "divisor", "quotient"),
    [
        (10**400, 1, math.inf),
        (-(10**400), 1, -math.inf),
        ("0x1p5000", 1, math.inf),
        (10**400, 10**400, 1.0),
        (7, 2, 3.5),
        ("-0x1p-1074", 1, -5e-324),
        (math.inf, 3, math.inf),
        (2**53 + 1, 1, float(2**53)),
    ],
    ids=lambda value: str(value)[:12],
)
def test_rounded_quotient(total, divisor, quotient):
    assert rounded_quotient(total, divisor) == quotient
