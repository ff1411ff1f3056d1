"""Results and events of runs at URLs."""

import json

import pytest

from airflow_unifyweaver import settings
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import JobError, RunError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.history import follow_run, run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote import journals
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.journals import copy_to_look_at, fetch_journals
from airflow_unifyweaver.run.remote.plans import fetch_plan
from airflow_unifyweaver.run.remote.results import output_file
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.runner import finish_run, plan_run, resume, run_job

LINES = [str(number) for number in range(20)]


@pytest.fixture
def job(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"{line}\n" for line in LINES))
    fields = {
        "name": "published",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 2},
        "work": {"command": "cat"},
        "parallel": {"map_tasks": 2, "backend": "sequential"},
    }
    return BatchJob.from_dict(fields, base_dir=tmp_path)


@pytest.fixture
def finished(job, run):
    """A run of two shards that has been published."""
    plan = plan_run(job, run)
    finish_run(job, run, plan)
    return run


def move(monkeypatch, folder):
    monkeypatch.setenv(settings.STAGING_VARIABLE, str(folder))


def events_of(run):
    with copy_to_look_at(run) as copy:
        fetch_plan(copy)
        plan = Plan.require(copy)
        fetch_journals(copy, range(len(plan.shards)))
        return list(run_events(copy, plan, set(EventType)))


def test_results_are_got_a_shard_at_a_time(finished, tmp_path, monkeypatch):
    move(monkeypatch, tmp_path / "publisher")
    most = 0
    read_part = Store.read_part

    def looked_at(store, name, start, stop):
        nonlocal most
        most = max(most, len({path.parents[1] for path in tmp_path.glob("publisher/**/*.segment")}))
        return read_part(store, name, start, stop)

    monkeypatch.setattr(Store, "read_part", looked_at)
    assert resume(finished.url).file.read_text().split() == LINES
    assert most <= 1
    assert not list(tmp_path.glob("publisher/**/*.segment"))


def test_damaged_results_are_made_again(finished, tmp_path, monkeypatch):
    store = Store(f"{finished.url}/shards/0001/pieces")
    last = list(store.listing(""))[-1]
    data = store.read(last)
    store.put(last, data[:-1] + b"?")
    move(monkeypatch, tmp_path / "publisher")
    assert resume(finished.url).file.read_text().split() == LINES
    revoked = [event for event in events_of(finished) if "revoked" in event.payload]
    assert len(revoked) == 1
    move(monkeypatch, tmp_path / "another")
    assert resume(finished.url).file.read_text().split() == LINES
    assert not list(tmp_path.glob("another/**/*.segment"))  # it had nothing to do


def test_events_are_followed_to_the_end(finished, monkeypatch):
    monkeypatch.setattr(journals, "POLL_SECONDS", 0.01)
    with copy_to_look_at(run_at(finished.url)) as copy:
        fetch_plan(copy)
        followed = list(follow_run(copy, Plan.require(copy), set(EventType)))
    assert sorted(event.to_line() for event in followed) == sorted(event.to_line() for event in events_of(finished))


def test_the_marker_comes_last(finished, monkeypatch):
    done = []
    monkeypatch.setattr(Store, "remove", lambda _, name: done.append(name))
    monkeypatch.setattr(Store, "put_file", lambda _, name, __: done.append(name))
    resume(finished.url)
    assert done[-3:] == ["_SUCCESS", "result.txt", "_SUCCESS"]


def test_an_output_stands_at_a_url(job, url, tmp_path):
    job = BatchJob.from_dict(job.to_dict() | {"output": {"path": f"{url}/out.jsonl"}}, base_dir=tmp_path)
    run_job(job, tmp_path / "run")
    assert list(map(json.loads, Store(url).read("out.jsonl").splitlines())) == LINES


def test_an_output_that_fails_is_not_there(url):
    def fail():
        with output_file(f"{url}/out.jsonl") as file:
            file.write_bytes(b"half")
            raise RunError("full")

    with pytest.raises(RunError, match="full"):
        fail()
    assert not Store(url).exists("out.jsonl")


def test_an_output_holds_no_secret(job):
    with pytest.raises(JobError, match="no password in the URL of a file on host"):
        BatchJob.from_dict(job.to_dict() | {"output": {"path": "s3://me:word@host/out.jsonl"}})
