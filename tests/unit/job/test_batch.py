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
        Batch(batch_size=1, batch_window={"seconds": 5})
    assert str(caught.value) == (
        "give at most one of batch_size, batch_bytes, batch_window, batch_key, adaptive; got batch_size and "
        "batch_window (only batch_key may have batch_size or batch_bytes beside it)"
    )


@pytest.mark.parametrize("name", ["batch_size", "batch_bytes"])
def test_small_keys_may_be_packed(name):
    assert Batch(batch_key="city", **{name: 10}).batch_key == "city"


def test_keys_are_packed_to_one_size():
    with pytest.raises(JobError, match=r"got batch_size and batch_bytes and batch_key"):
        Batch(batch_key="city", batch_size=1, batch_bytes=1)


@pytest.mark.parametrize("column", [0, -1, 1.0, "", True, ["a"]])
def test_a_column_is_a_number_or_a_name(column):
    with pytest.raises(JobError, match=r"^batch_key: wanted the number of a column, from 1, or its name, got"):
        Batch(batch_key=column)


@pytest.mark.parametrize("seconds", [0, -1, 1e-7, "5", float("inf")])
def test_a_window_has_a_length(seconds):
    with pytest.raises(JobError, match=r"^batch_window.seconds: wanted a number of seconds, a millionth or more, got"):
        Batch(batch_window={"seconds": seconds})


@pytest.mark.parametrize("lateness", [-1, "10", True, float("inf")])
def test_lateness_is_a_time(lateness):
    with pytest.raises(JobError, match=r"^batch_window.lateness: wanted a number of seconds, 0 or more, got"):
        Batch(batch_window={"seconds": 5, "column": 1, "lateness": lateness})


def test_only_times_of_a_column_can_be_late():
    with pytest.raises(JobError, match=r"^batch_window: lateness: by the broker's time nothing is late; name the col"):
        Batch(batch_window={"seconds": 5, "lateness": 10})


@pytest.mark.parametrize("name", ["batch_size", "batch_bytes", "max_batch_memory"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "10", True])
def test_sizes_are_positive_whole_numbers(name, value):
    with pytest.raises(JobError, match=f"^{name}: wanted a whole number of at least 1, got"):
        Batch(**{name: value})
