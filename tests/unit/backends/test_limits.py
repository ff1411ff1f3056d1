"""Timeouts that are a multiple of the median."""

import pytest

from airflow_unifyweaver.backends.limits import MEDIAN_FROM, Limits
from airflow_unifyweaver.run.backend import SlotSettings


@pytest.mark.parametrize(("target", "timeout"), [(0.0, 4.0), (0.1, 4.0), (3.0, 60.0)])
def test_the_median_counts_as_no_less_than_what_batches_are_meant_to_take(target, timeout):
    limits = Limits(SlotSettings(workers=1, timeout_factor=20.0, target=target))
    for _ in range(MEDIAN_FROM):
        assert limits.timeout() is None
        limits.learn(0.2)
    assert limits.timeout() == pytest.approx(timeout)
