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


@pytest.mark.parametrize("budget", [-1, 1.5, "5", "101%", "-1%", "2 %", "%", "nan%", None, True])
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
