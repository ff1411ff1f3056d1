"""Waits between attempts."""

import pytest

from airflow_unifyweaver.run.retry import JITTER, MAX_DELAY_SECONDS, RetryPolicy


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [("constant", [2, 2, 2, 2]), ("linear", [2, 4, 6, 8]), ("exponential", [2, 4, 8, 16])],
)
def test_waits_grow_as_the_backoff_says(backoff, waits):
    policy = RetryPolicy(5, backoff, 2.0, 0)
    for attempts, longest in zip((1, 2, 3, 4), waits, strict=True):
        drawn = [policy.wait_after(attempts) for _ in range(100)]
        assert longest * (1 - JITTER) <= min(drawn) < max(drawn) <= longest


def test_waits_are_bounded():
    assert RetryPolicy(10**6, "exponential", 1.0, 0).wait_after(10**5) <= MAX_DELAY_SECONDS


def test_a_budget_counts_batches_or_the_pieces_that_they_are_made_of():
    by_batches = RetryPolicy(1, "constant", 0.0, 1)
    by_pieces = RetryPolicy(1, "constant", 0.0, 1, by_pieces=True)
    assert (by_batches.spent([3, 4]), by_batches.allowance) == (2, "1 batch")
    assert (by_pieces.spent([3, 4]), by_pieces.allowance) == (7, "1 piece")
