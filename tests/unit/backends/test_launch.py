"""Launches with a driver of their own, which has Dask's threads on this machine for a cluster."""

import os
import signal
import time

import pytest

from airflow_unifyweaver.backends.launch import Launch, Order, begin
from airflow_unifyweaver.backends.placement import launched, launches_of, new_folder
from airflow_unifyweaver.exceptions import BackendError, JobFailedError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.run.coordinator import ShardSummary

PARALLEL = Parallel(backend="dask", dask={"scheduler": "threads"})


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def start(monkeypatch):
    """Begins a launch, and does not wait for an id, as Dask has none for its threads; its driver ends with the test."""
    monkeypatch.setattr("airflow_unifyweaver.backends.launch.PLACED_SECONDS", 0)
    begun = []

    def start(works, abandoned_after=60.0):
        launch = begin(works, new_folder(works[0].run, 0), Order("dask", PARALLEL, 3, abandoned_after))
        begun.append(launch)
        return launch

    yield start
    for launch in begun:
        launch.cancel()
        launch.wait()


def is_at_work(tmp_path):
    return list(tmp_path.glob("at work *"))


def leads(launch):
    return Launch.last(launch.folder.parent) == launch


def test_a_driver_sees_shards_to_their_end(plan_shards, start):
    works = plan_shards()
    launch = start(works)
    wait_until(lambda: leads(launch))
    launch.wait()
    assert launch.outcome() == ShardSummary(6, 6, 0, 6)
    assert not launch.is_running
    launch.cancel()
    assert not launch.is_cancelled


def test_the_error_of_a_shard_is_what_comes_of_the_launch(plan_shards, start):
    launch = start(plan_shards("fails", retry={"max_attempts": 1}))
    wait_until(lambda: leads(launch))
    launch.wait()
    assert isinstance(launch.outcome(), JobFailedError)


def test_a_cancelled_launch_ends_and_says_so(plan_shards, start, tmp_path):
    launch = start(plan_shards("waits"))
    wait_until(lambda: is_at_work(tmp_path))
    assert launch.attend()
    launch.cancel()
    launch.wait()
    assert str(launch.outcome()) == "dask: the job was cancelled; a retry resumes it"


def test_a_launch_that_nobody_waits_for_ends_itself(plan_shards, start):
    launch = start(plan_shards("waits"), abandoned_after=3.0)
    wait_until(lambda: leads(launch))
    wait_until(lambda: not launch.is_running)
    assert "was cancelled, as no task had waited for it for 3 s" in str(launch.outcome())


def test_a_launch_that_is_waited_for_goes_on(plan_shards, start, tmp_path):
    launch = start(plan_shards("waits"), abandoned_after=3.0)
    wait_until(lambda: launch.attend() and is_at_work(tmp_path))
    ends = time.monotonic() + 4
    wait_until(lambda: not launch.attend() or time.monotonic() > ends)
    assert launch.is_running


def test_a_launch_whose_run_was_set_aside_ends_itself(plan_shards, start, tmp_path):
    works = plan_shards("waits")
    launch = start(works)
    wait_until(lambda: is_at_work(tmp_path))
    pid = launch._status()["pid"]
    works[0].run.path.rename(tmp_path / "superseded")
    wait_until(lambda: not is_alive(pid))


def test_a_killed_driver_is_told_of(plan_shards, start, tmp_path):
    launch = start(plan_shards("waits"))
    wait_until(lambda: is_at_work(tmp_path))
    os.kill(launch._status()["pid"], signal.SIGKILL)
    launch.wait()
    with pytest.raises(BackendError, match=r"the process that led the shards .* was killed, or could not start"):
        raise launch.outcome()


def test_a_new_launch_has_the_earlier_one_end_first(plan_shards, start, tmp_path):
    works = plan_shards("waits")
    earlier = start(works)
    wait_until(lambda: is_at_work(tmp_path))
    launch = start(works)
    wait_until(lambda: leads(launch))
    assert not earlier.is_running
    assert "was cancelled" in str(earlier.outcome())


def test_a_launch_beside_another_process_that_waits_is_refused(plan_shards, start, monkeypatch):
    works = plan_shards()
    monkeypatch.setattr("airflow_unifyweaver.backends.launch._DRIVER", "impatient")
    (works[0].run.path / "impatient.py").write_text(
        "import runpy\nfrom airflow_unifyweaver.backends import placement\nalone = placement.alone\n"
        "placement.alone = lambda folder, patience: alone(folder, 0.0)\n"
        "runpy.run_module('airflow_unifyweaver.backends.driver', run_name='__main__')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(works[0].run.path), prepend=os.pathsep)
    with launched(works):
        launch = start(works)
        wait_until((launch.folder.path / "outcome.json").exists)
    assert "another process is working here" in str(launch.outcome())
    assert Launch.last(launches_of(works[0].run, 0)) is None


def test_an_order_is_read_as_it_was_written():
    parallel = Parallel(backend="spark", workers={"min": 1, "max": 4}, spark={"packages": ["a:b:1"]}, strict=True)
    order = Order("spark", parallel, 4, 1800.0)
    assert Order.from_json(order.to_json()) == order


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
