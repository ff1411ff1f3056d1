"""Work on shards that one process begins and another one ends with, on a cluster, in a folder and at a URL."""

import uuid

import pytest
from placed_shards import wait_until

from airflow_unifyweaver import BatchJob, detached
from airflow_unifyweaver.backends.launch import Launch
from airflow_unifyweaver.backends.placement import launches_of
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.plans import fetch_plan
from airflow_unifyweaver.runner import plan_run

BATCHES = 20


@pytest.fixture
def make_job(tmp_path, dask_cluster):
    def make_job(command):
        fields = {
            "name": "left",
            "source": {"type": "command", "command": f"seq {BATCHES}"},
            "batch": {"batch_size": 1},
            "work": {"command": command},
            "parallel": {"backend": "dask", "workers": 2, "strict": True, "dask": {"address": dask_cluster.address}},
        }
        return BatchJob.from_dict(fields, base_dir=tmp_path)

    return make_job


@pytest.fixture(params=["folder", "url"])
def place(request, tmp_path):
    if request.param == "folder":
        return tmp_path / "run"
    return f"{request.getfixturevalue('hdfs').url}/runs/{uuid.uuid4().hex}"


@pytest.fixture
def on_machine(place, tmp_path, monkeypatch):
    """Makes this process see the run as one on another machine does."""

    def on_machine(name):
        monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / name))
        run = run_at(place)
        fetch_plan(run)
        return run

    return on_machine


def test_another_process_ends_with_it_and_tells_all(make_job, on_machine):
    job, run, heard = make_job("cat"), on_machine("first"), []
    plan = plan_run(job, run)
    launch = detached.start(job, run, 0, 600.0)
    assert launch.job_id == f"unifyweaver-{launch.folder.path.name}"
    run = on_machine("second")
    seen = Launch.last(launches_of(run, 0))
    assert seen.reference == launch.reference
    listener = Subscription(heard.append, ["batch_complete"])
    assert detached.finish(job, run, 0, seen, [listener]) == ShardSummary(BATCHES, BATCHES, 0, BATCHES)
    assert sorted(event.batch_id for event in heard) == [f"batch_{number:05d}" for number in range(BATCHES)]
    assert detached.can_be_left(job, plan)
    run = on_machine("third")
    assert detached.start(job, run, 0, 600.0) is None
    assert detached.finish(job, run, 0, None, [listener]).completed == BATCHES
    assert len(heard) == BATCHES


def test_another_process_cancels_it(make_job, on_machine, tmp_path):
    job, run = make_job(f"touch {tmp_path}/begun; sleep 60"), on_machine("first")
    plan_run(job, run)
    detached.start(job, run, 0, 600.0)
    wait_until((tmp_path / "begun").exists)
    run = on_machine("second")
    seen = Launch.last(launches_of(run, 0))
    assert seen.attend()
    seen.cancel()
    with pytest.raises(BackendError, match=r"dask: unifyweaver-\w+ was cancelled; a retry resumes it"):
        detached.finish(job, run, 0, seen)
