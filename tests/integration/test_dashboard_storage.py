"""What the dashboard shows of runs at URLs: on a real HDFS, and in the bucket of a real S3 server."""

import time
import uuid
from functools import partial

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor import views
from airflow_unifyweaver.monitor.mirror import Mirrors
from airflow_unifyweaver.monitor.monitors import Monitors
from airflow_unifyweaver.monitor.refreshed import LoadingError
from airflow_unifyweaver.operators.storage import run_directory
from airflow_unifyweaver.plugins.dashboard.runs import find_run, jobs_of, recent_runs, stored_dags
from airflow_unifyweaver.run.remote.pieces import Pieces
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.runner import finish_run, plan_run

RUN_ID = "scheduled__2026-11-25T00:00:00+00:00"
PATIENCE = 60


@pytest.fixture(params=["hdfs", "s3"])
def storage(request, monkeypatch, tmp_path):
    """The URL of the storage of DAGs' runs."""
    if request.param == "s3":
        url = request.getfixturevalue("bucket").url
    else:
        url = f"{request.getfixturevalue('hdfs').url}/dashboard/{uuid.uuid4().hex}"
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", url)
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "staging"))
    return url


@pytest.fixture
def job(tmp_path):
    """A job of four batches, the last of which fails and is set aside."""
    (tmp_path / "numbers.txt").write_text("".join(f"{number}\n" for number in range(8)))
    fields = {
        "name": "numbers",
        "source": {"type": "text", "path": "numbers.txt"},
        "batch": {"batch_size": 2},
        "work": {"command": 'awk \'/7/ {print "no sevens" > "/dev/stderr"; exit 3} 1\''},
        "parallel": {"backend": "sequential"},
        "retry": {"max_attempts": 1},
        "failure": {"budget": 1, "quarantine": "batch"},
    }
    return BatchJob.from_dict(fields, base_dir=tmp_path)


def loaded(ask):
    """Ask again until what was asked for is no longer loading, and return it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except LoadingError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def summary(mirrors, monitors, found):
    with monitors.looking(loaded(partial(mirrors.copy, found.directory, found.planned))) as monitor:
        return views.summary(monitor, views.part_of(monitor, None), time.time())


def test_a_run_from_its_plan_to_its_result(job, storage):
    mirrors, monitors = Mirrors(), Monitors()
    assert loaded(partial(find_run, "a dag", RUN_ID, "numbers")) is None
    run = run_directory(job.name, "a dag", RUN_ID)
    plan = plan_run(job, run)
    until(lambda: find_run("a dag", RUN_ID, "numbers"))
    found = find_run("a dag", RUN_ID, "numbers")
    assert summary(mirrors, monitors, found)["state"] == "planned"

    finish_run(job, run, plan)
    until(lambda: summary(mirrors, monitors, found)["state"] == "published")
    shown = summary(mirrors, monitors, found)
    assert shown["counts"] == {"idle": 0, "claimed": 0, "processing": 0, "complete": 3, "failed": 1, "retry": 0}
    assert shown["planned"] == pytest.approx(found.planned)
    copy = mirrors.copy(found.directory, found.planned)
    with monitors.looking(copy) as monitor:
        (failure,) = views.failures(monitor, views.part_of(monitor, None))["failures"]
        set_aside = b"".join(copy.shard(number).quarantine.read_bytes() for number in range(len(plan.shards)))
    assert failure["stderr"] == "no sevens"
    assert set_aside.count(b"\n") == 1
    assert shown["quarantine"] == {"records": 0, "files": 1, "bytes": len(set_aside)}


def test_all_runs_are_listed(job, storage):
    for dag_id in ("a dag", "b"):
        run = run_directory(job.name, dag_id, RUN_ID)
        finish_run(job, run, plan_run(job, run))
    plan_run(job, run_directory(job.name, "b", "planned"))
    assert loaded(stored_dags) == {"a dag", "b"}
    assert [(run.run_id, run.published is None) for run in recent_runs({"b"}, 9)] == [
        ("planned", True),
        (RUN_ID, False),
    ]
    assert len(recent_runs({"b"}, 1)) == 1
    assert [views.published(run.published) for run in recent_runs({"a dag"}, 9)] == [
        {"state": "published", "batches": 4, "done": 3, "failed": 1}
    ]


@pytest.mark.parametrize("name", ["..", ".", "", "/", "a/..", "../a", "a\0", "%61", "A"])
def test_other_names_find_nothing(job, storage, name):
    run = run_directory(job.name, "a", "run")
    plan_run(job, run)
    assert loaded(partial(jobs_of, name, "run")) == loaded(partial(jobs_of, "a", name)) == []
    assert loaded(partial(find_run, "a", "run", name)) is None
    assert loaded(partial(find_run, "a", "run", "numbers")).directory.url == run.url


def test_a_piece_is_read_once_and_a_new_plan_is_a_new_copy(job, storage, monkeypatch):
    read = []
    original = Pieces._read
    monkeypatch.setattr(Pieces, "_read", lambda self, name, size: read.append(name) or original(self, name, size))
    run = run_directory(job.name, "a", "run")
    finish_run(job, run, plan_run(job, run))
    found = loaded(partial(find_run, "a", "run", "numbers"))
    mirrors, monitors = Mirrors(), Monitors()
    read.clear()
    assert summary(mirrors, monitors, found)["state"] == "published"
    names = sorted(read)
    assert names == sorted(set(names)) != []
    mirrors._mirrors[run.url]._refresh()
    Store(run.url).remove("result/_SUCCESS")
    mirrors._mirrors[run.url]._refresh()
    assert sorted(read) == names
    assert summary(mirrors, monitors, found)["state"] == "finished"
    first = mirrors.copy(found.directory, found.planned)
    assert loaded(partial(mirrors.copy, found.directory, found.planned + 1)) != first
    assert mirrors.copy(found.directory, found.planned) != first


def test_what_cannot_be_read_is_told(job, storage):
    run = run_directory(job.name, "a", "run")
    plan_run(job, run)
    found = loaded(partial(find_run, "a", "run", "numbers"))
    Store(run.url).remove_folder("")
    with pytest.raises(RunError, match=r"numbers/job\.json is gone; was the run removed\?"):
        loaded(partial(Mirrors().copy, found.directory, found.planned))
