"""At most one measure of a batch."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.batch import Batch


def test_no_measure_leaves_the_choice_open():
    assert Batch().model_dump() == {}


def test_a_measure_and_a_limit_go_together():
    assert Batch(batch_bytes=64, max_batch_memory=1024).batch_bytes == 64


def test_two_measures_are_refused():
    with pytest.raises(JobError) as caught:
        Batch(batch_size=1, batch_key="a")
    assert str(caught.value) == (
        "give at most one of batch_size, batch_bytes, batch_window, batch_key, adaptive; got batch_size and batch_key"
    )


@pytest.mark.parametrize("name", ["batch_size", "batch_bytes", "max_batch_memory"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "10", True])
def test_sizes_are_positive_whole_numbers(name, value):
    with pytest.raises(JobError, match=f"^{name}: wanted a whole number of at least 1, got"):
        Batch(**{name: value})
