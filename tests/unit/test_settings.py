"""Settings that are not fields of a job."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.settings import THRESHOLDS, thresholds


def test_thresholds_are_the_defaults_with_what_the_environment_says(monkeypatch):
    assert thresholds() == THRESHOLDS
    monkeypatch.setenv("UNIFYWEAVER_GNU_PARALLEL_BELOW", "5")
    assert thresholds() == THRESHOLDS | {"gnu_parallel": 5}


def test_thresholds_can_come_from_elsewhere():
    assert thresholds({"spark_below": "7"}.get) == THRESHOLDS | {"spark": 7}


def test_a_wrong_threshold_is_named():
    with pytest.raises(JobError, match=r"^spark_below: wanted a number of bytes, got '1 GB'$"):
        thresholds({"spark_below": "1 GB"}.get)
