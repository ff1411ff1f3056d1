"""Backends, workers, and options of the backends."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.job.worker_range import WorkerRange


def test_options_of_a_backend_that_is_not_chosen_are_allowed_and_checked():
    made = Parallel(backend="sequential", dask={"scheduler": "processes"}, spark={"executor_memory": "4g"})
    assert made.dask.scheduler == "processes"
    with pytest.raises(JobError, match=r"dask.scheduler: unknown value 'process'; did you mean processes\?"):
        Parallel(dask={"scheduler": "process"})
    with pytest.raises(JobError, match=r"^dask: address is for the scheduler distributed; with threads, give none$"):
        Parallel(dask={"scheduler": "threads", "address": "tcp://dask:8786"})


@pytest.mark.parametrize(
    "option",
    [
        "-j",
        "-j4",
        "--jobs=4",
        "--jobs",
        "-P2",
        "--max-procs",
        "--pipe",
        "--pipepart",
        "--spreadstdin",
        "-u",
        "--ungroup",
        "-a",
        "-afile",
        "--arg-file",
        "--joblog",
        "--joblo=x",
        "-kj4",
    ],
)
def test_options_that_the_backend_sets_itself_are_refused(option):
    with pytest.raises(JobError) as caught:
        Parallel(gnu_parallel={"options": ["--nice", "3", option]})
    assert str(caught.value) == (
        f"gnu_parallel.options: {option} is set by the backend itself; parallel.workers sets the number of jobs"
    )


def test_other_options_of_gnu_parallel_are_taken():
    options = ("--nice", "10", "--memfree", "2G", "-k", "--progress", "--load=80%", "--")
    assert Parallel(gnu_parallel={"options": options}).gnu_parallel.options == options


def test_workers_may_be_a_range():
    assert Parallel(workers={"max": 8}).workers == WorkerRange(min=1, max=8)
    made = Parallel(workers={"min": 2, "max": 2})
    assert Parallel(**made.model_dump(mode="json")) == made


@pytest.mark.parametrize("value", [{"min": 3, "max": 2}, {"min": 1}, {"min": 0, "max": 2}, {"max": 2, "most": 3}])
def test_a_wrong_range_of_workers(value):
    with pytest.raises(JobError, match=r"^workers: wanted .* a range such as \{min: 1, max: 8\}"):
        Parallel(workers=value)


@pytest.mark.parametrize(
    ("name", "value"), [("map_tasks", 0), ("map_tasks", 1025), ("map_tasks", "all"), ("workers", True)]
)
def test_wrong_numbers(name, value):
    with pytest.raises(JobError, match=f"^{name}: wanted a whole number"):
        Parallel(**{name: value})


@pytest.mark.parametrize("reducers", ["auto", 0, 64])
def test_reducers(reducers):
    assert Parallel(reducers=reducers).reducers == reducers


@pytest.mark.parametrize("reducers", [-1, 65, "many", True])
def test_a_wrong_number_of_reducers(reducers):
    with pytest.raises(JobError, match=r"^reducers: wanted a whole number from 0 to 64, or auto, got "):
        Parallel(reducers=reducers)
