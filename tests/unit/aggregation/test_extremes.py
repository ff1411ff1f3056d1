import math

import numpy as np
import pytest

from airflow_unifyweaver.aggregation.extremes import Extreme
from airflow_unifyweaver.exceptions import WorkError


@pytest.mark.parametrize(
    ("values", "least", "greatest"),
    [
        ([2, 1, 3], "1", "3"),
        (["b", "a"], "'a'", "'b'"),
        ([1.0, 1], "1", "1"),
        ([1, 1.0], "1", "1"),
        ([-0.0], "0.0", "0.0"),
        ([0.0, -0.0, 0], "0", "0"),
        ([True, 0.5], "0.5", "1"),
        ([1, math.nan, 2], "nan", "nan"),
        ([2**53 + 1, float(2**53)], "9007199254740992.0", "9007199254740993"),
        ([np.float64(1.5), np.int8(2)], "1.5", "2"),
        ([np.str_("x"), "y"], "'x'", "'y'"),
    ],
)
def test_extremes(values, least, greatest):
    for given in (values, values[::-1]):
        assert repr(Extreme(min).lift(given)) == least
        assert repr(Extreme(max).lift(given)) == greatest
        first, *rest = ([value] for value in given)
        merged = Extreme(max).lift(first)
        for value in rest:
            merged = Extreme(max).merge(merged, Extreme(max).lift(value))
        assert repr(merged) == greatest


def test_extremes_do_not_mix_numbers_and_strings():
    message = "min needs numbers alone or strings alone, but the results have both 'a' and 1"
    with pytest.raises(WorkError, match=message):
        Extreme(min).lift([1, "a"])
    with pytest.raises(WorkError, match=message):
        Extreme(min).merge("a", 1)
    with pytest.raises(WorkError, match="max needs numbers"):
        Extreme(max).lift([None])
