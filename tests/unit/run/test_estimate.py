"""How long a run would take."""

import pytest

from airflow_unifyweaver.backends.select import BACKENDS
from airflow_unifyweaver.run.estimate import RUN_SECONDS, START_SECONDS, Load, run_seconds
from airflow_unifyweaver.run.experience import Measured


def test_every_backend_has_a_start():
    assert START_SECONDS.keys() == BACKENDS.keys()


def test_the_rest_of_a_source_is_taken_to_be_as_what_was_measured():
    assert Load.of([Measured(10, 1.0, 5), Measured(30, 2.0, 3)], 400, 8, 2) == Load(8, 2, 30.0, 80.0)


@pytest.mark.parametrize(
    ("measured", "size", "batches"),
    [([], 100, 1), ([Measured(0, 1.0, 1)], 100, 1), ([Measured(1, 1.0, 1)], 0, 1), ([Measured(1, 1.0, 1)], 100, 0)],
)
def test_what_tells_nothing_gives_no_estimate(measured, size, batches):
    assert Load.of(measured, size, batches, 1) is None


@pytest.mark.parametrize(("workers", "work"), [(1, 50), (2, 30), (4, 20), (5, 10), (100, 10)])
def test_batches_are_worked_on_in_rounds(workers, work):
    seconds = run_seconds("bash_fork", workers, Load(5, 1, 50.0, 0.0), by_key=False)
    assert seconds == pytest.approx(RUN_SECONDS + work, abs=0.01)


def test_much_output_takes_time_and_more_by_key():
    load = Load(1, 1, 0.0, 1e9)
    assert 5 < run_seconds("sequential", 1, load, by_key=False) < run_seconds("sequential", 1, load, by_key=True)


def test_mapped_task_instances_follow_one_another_and_each_starts_the_backend():
    one, four = (run_seconds("spark", 2, Load(8, tasks, 80.0, 0.0), by_key=False) for tasks in (1, 4))
    assert four - one == pytest.approx(3 * START_SECONDS["spark"])
    assert run_seconds("bash_fork", 4, Load(8, 4, 80.0, 0.0), by_key=False) == pytest.approx(40, abs=1)


def test_there_are_no_more_task_instances_than_batches():
    assert Load.of([Measured(1, 1.0, 1)], 2, 2, 64).tasks == 2
