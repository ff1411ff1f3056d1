import decimal
import operator

import numpy as np
import pytest

from airflow_unifyweaver.aggregation.strategies import Average, Concat, Count, Custom, Sum
from airflow_unifyweaver.exceptions import WorkError


@pytest.mark.parametrize("strategy", [Sum(), Average()])
@pytest.mark.parametrize("value", ["3", None, [1], decimal.Decimal(1)])
def test_sums_need_numbers(strategy, value):
    with pytest.raises(WorkError, match="needs numbers, but a result is .*" + type(value).__name__):
        strategy.lift([1, value])


@pytest.mark.parametrize(
    ("values", "total"),
    [([1, 2], "3"), ([1, 2.0], "3.0"), ([True, True], "2"), ([np.int64(1), np.float32(0.5)], "1.5")],
)
def test_sum(values, total):
    assert repr(Sum().finish(Sum().lift(values))) == total


def test_average_is_the_true_quotient():
    average = Average()
    assert average.finish(average.lift([2**60 + 1, 2**60])) == (2**61 + 1) / 2
    assert average.finish(average.merge(average.lift([1e308, 1e308]), average.lift([1e308]))) == 1e308


@pytest.mark.parametrize(
    ("strategy", "nothing"),
    [(Count(), 0), (Sum(), 0), (Average(), None), (Concat(), []), (Custom("m:f", max), None)],
)
def test_of_nothing(strategy, nothing):
    assert strategy.empty() == nothing


def test_custom_names_the_function_that_failed():
    custom = Custom("pkg.mod:join", operator.add)
    assert custom.lift(["a", "b", "c"]) == "abc"
    assert custom.merge("a", "b") == "ab"
    with pytest.raises(WorkError, match=r"the aggregation pkg\.mod:join raised TypeError: .*int"):
        custom.lift(["a", 1])
    with pytest.raises(WorkError, match="raised TypeError"):
        custom.merge("a", 1)
