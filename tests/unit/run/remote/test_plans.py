"""Plans at URLs."""

import pytest

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.plan import Plan, read_batches
from airflow_unifyweaver.run.remote.checkpoints import fetch_batches
from airflow_unifyweaver.run.remote.plans import fetch_plan, send_plan, set_aside
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.runner import plan_run


@pytest.fixture
def job(tmp_path):
    fields = {
        "name": "planned",
        "source": {"type": "command", "command": "seq 20"},
        "batch": {"batch_size": 2},
        "work": {"command": "cat"},
        "parallel": {"map_tasks": 3, "backend": "sequential"},
    }
    return BatchJob.from_dict(fields, base_dir=tmp_path)


def test_a_plan_is_elsewhere_what_it_is_here(job, run, elsewhere):
    plan = plan_run(job, run)
    fetch_plan(elsewhere)
    assert Plan.load(elsewhere) == plan
    assert elsewhere.job_file.read_bytes() == run.job_file.read_bytes()
    files = [path.relative_to(run.spool) for path in run.spool.rglob("*") if path.is_file()]
    assert len(files) == 2
    for name in files:
        here, there = run.spool / name, elsewhere.spool / name
        assert here.read_bytes() == there.read_bytes()
        assert here.stat().st_mtime_ns == there.stat().st_mtime_ns


def test_a_shard_gets_its_own_batches(job, run, elsewhere):
    plan = plan_run(job, run)
    fetch_plan(elsewhere)
    for shard in reversed(plan.shards):
        fetch_batches(elsewhere, shard)
        assert list(read_batches(elsewhere, shard)) == list(read_batches(run, shard))
        assert elsewhere.batches_file.read_bytes().count(b"\0") == shard.offset
    Store(run.url).remove("plan/batches.jsonl")
    fetch_batches(elsewhere, plan.shards[1])  # it is here already


def test_a_copy_of_another_plan_is_given_up(job, run, elsewhere):
    plan_run(job, run)
    fetch_plan(elsewhere)
    fetch_batches(elsewhere, Plan.require(elsewhere).shards[0])
    assert set_aside(run, run.url) == f"{run.url}.superseded-1"
    assert not run.path.exists()
    other = BatchJob.from_dict(job.to_dict() | {"source": {"type": "command", "command": "seq 7"}})
    plan = plan_run(other, run)
    fetch_plan(elsewhere)
    fetch_batches(elsewhere, plan.shards[0])
    assert Plan.load(elsewhere) == plan
    assert list(read_batches(elsewhere, plan.shards[0])) == list(read_batches(run, plan.shards[0]))
    assert (elsewhere.spool / "records" / "output").read_text().split() == list("1234567")


def test_where_nothing_is_planned_nothing_is(job, run):
    plan_run(job, run)
    Store(run.url).remove("plan/plan.json")
    fetch_plan(run)
    assert Plan.load(run) is None


def test_the_plan_comes_last(job, run, monkeypatch):
    plan_run(job, run)
    Store(run.url).remove_folder("plan")
    sent = []
    monkeypatch.setattr(Store, "put_file", lambda _, name, __: sent.append(name))
    send_plan(run)
    assert sent[-1] == "plan/plan.json"
    assert sent[-2] == "job.json"


def test_a_local_run_is_left_alone(tmp_path):
    from airflow_unifyweaver.run.directory import RunDirectory

    local = RunDirectory(tmp_path)
    fetch_plan(local)
    send_plan(local)
    assert not list(tmp_path.iterdir())
