"""Attempts and the failure budget."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.policy import Failure, Retry


@pytest.mark.parametrize(
    ("budget", "batches", "allowed"),
    [(0, 100, 0), (7, 3, 7), ("2%", 100, 2), ("2%", 149, 2), ("2%", 10, 0), ("0.1%", 1000, 1), ("100%", 5, 5)],
)
def test_the_budget_counts_batches(budget, batches, allowed):
    assert Failure(budget=budget).allowed_failures(batches) == allowed


def test_without_a_budget_a_quarantine_takes_any_number():
    assert Failure().allowed_failures(100) == 0
    assert Failure(quarantine="batch").allowed_failures(100) == 100
    assert Failure(quarantine="record", budget=3).allowed_failures(100) == 3


@pytest.mark.parametrize("timeout", ["1x", "0x", "x", "-2x", "2 x", "20", 0, True, [3]])
def test_wrong_timeouts(timeout):
    with pytest.raises(JobError, match=r"^timeout: wanted a number of seconds above 0, or a multiple of the median"):
        Retry(timeout=timeout)


def test_a_timeout_is_seconds_or_a_multiple_of_the_median():
    assert (Retry().timeout_seconds, Retry().timeout_factor) == (None, None)
    assert (Retry(timeout=5).timeout_seconds, Retry(timeout=5).timeout_factor) == (5, None)
    assert (Retry(timeout="2.5x").timeout_seconds, Retry(timeout="2.5x").timeout_factor) == (None, 2.5)


@pytest.mark.parametrize("budget", [-1, 1.5, "5", "101%", "-1%", "2 %", "%", "nan%", True])
def test_wrong_budgets(budget):
    with pytest.raises(JobError, match=r"^budget: wanted a whole number of at least 0, or a percentage"):
        Failure(budget=budget)


@pytest.mark.parametrize(
    "fields", [{"max_attempts": 0}, {"delay": -1}, {"delay": float("nan")}, {"timeout": 0}, {"backoff": "none"}]
)
def test_wrong_retries(fields):
    with pytest.raises(JobError, match=f"^{next(iter(fields))}: "):
        Retry(**fields)


def test_no_wait_is_a_wait():
    assert Retry(delay=0).delay == 0
