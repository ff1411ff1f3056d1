"""What is known of a job's batches before its run makes any."""

import os

import pytest

from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run import experience as module
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.experience import Measured, experience, past_batches
from airflow_unifyweaver.run.plan import Plan, Shard
from airflow_unifyweaver.run.state import EMPTY, made_of


def planned(path, digest="same", age=0, shards=1, backend="sequential"):
    run = RunDirectory(path)
    plan = Plan("run", digest, "", 100, 1000, backend, [], [Shard(0, 100, 0, 0)] * shards, adaptive=True)
    plan.write(run)
    os.utime(run.plan_file, (1e9 - age, 1e9 - age))
    return run, plan


def told(run, *batches, shard=0, age=0):
    """Write commits of batches to a journal: how many pieces of ten bytes each has, and how long it took (ms)."""
    run.shard(shard).path.mkdir(parents=True)
    with Journal(run.shard(shard).journal) as journal:
        for index, (pieces, took) in enumerate(batches):
            facts = {EMPTY: True} if took is None else {"processing_time_ms": took, "length": 7}
            event = Event(
                EventType.BATCH_COMPLETE, "worker.1", batch_id(index), made_of(pieces) | facts, "run", shard, 1
            )
            journal.append(event.to_line())
    os.utime(run.shard(shard).journal, (1e9 - age, 1e9 - age))


def test_the_first_run_knows_nothing(tmp_path):
    assert experience(*planned(tmp_path / "job" / "1")) == []


def test_a_run_over_a_source_without_records_tells_nothing(tmp_path):
    empty = RunDirectory(tmp_path / "job" / "1")
    Plan("run", "same", "", 0, 10, "sequential", [], [Shard(0, 0, 0, 0)], adaptive=True).write(empty)
    told(empty)
    assert experience(*planned(tmp_path / "job" / "2")) == []
    assert past_batches(RunDirectory(tmp_path / "job" / "3"), "same") == {}


@pytest.fixture
def tmp_path(tmp_path):
    """A folder whose own neighbours are no runs."""
    return tmp_path / "storage"


@pytest.mark.parametrize("places", [("job/1", "job/2"), ("monday/job", "tuesday/job")], ids=["command line", "Airflow"])
def test_the_run_before_is_learned_from(tmp_path, places):
    earlier, _ = planned(tmp_path / places[0])
    told(earlier, (1, 5), (7, None), (3, 20.0))
    assert experience(*planned(tmp_path / places[1])) == [Measured(10, 0.005, 7), Measured(30, 0.02, 7)]


def test_the_latest_run_that_got_anywhere_counts(tmp_path):
    told(planned(tmp_path / "1", age=30)[0], (1, 100))
    told(planned(tmp_path / "2", age=20)[0], (2, 200))
    planned(tmp_path / "3", age=10)
    assert experience(*planned(tmp_path / "4")) == [Measured(20, 0.2, 7)]


def test_other_jobs_are_none_of_its_concern(tmp_path):
    told(planned(tmp_path / "1", digest="other")[0], (1, 100))
    (tmp_path / "file").touch()
    assert experience(*planned(tmp_path / "2")) == []


def test_other_shards_of_the_run_come_first(tmp_path):
    told(planned(tmp_path / "1")[0], (1, 100))
    run, plan = planned(tmp_path / "2", shards=3)
    told(run, (2, 40), shard=0, age=10)
    told(run, (4, 80), shard=2, age=20)
    assert experience(run, plan) == [Measured(40, 0.08, 7), Measured(20, 0.04, 7)]


def test_only_the_end_of_a_journal_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TAIL_BYTES", 500)
    run, plan = planned(tmp_path / "1")
    told(run, *((pieces, pieces) for pieces in range(1, 100)))
    assert experience(run, plan) == [Measured(980, 0.098, 7), Measured(990, 0.099, 7)]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"shards": 1}', b'{"shards": [], "more": 1}', b"\xff"])
def test_a_damaged_plan_teaches_nothing_and_does_no_harm(tmp_path, content):
    planned(tmp_path / "1")[0].plan_file.write_bytes(content)
    assert experience(*planned(tmp_path / "2")) == []


def test_commits_without_a_time_do_no_harm(tmp_path):
    earlier, _ = planned(tmp_path / "1")
    earlier.shard(0).path.mkdir(parents=True)
    with Journal(earlier.shard(0).journal) as journal:
        journal.append(Event(EventType.BATCH_COMPLETE, "?", batch_id(0), {}, "run", 0, 1).to_line())
    assert experience(*planned(tmp_path / "2")) == []


def test_the_last_run_on_each_backend_is_known_the_latest_first(tmp_path):
    told(planned(tmp_path / "1", age=40)[0], (1, 10))
    told(planned(tmp_path / "2", age=30)[0], (1, 20))
    told(planned(tmp_path / "3", age=20, digest="other")[0], (1, 30))
    told(planned(tmp_path / "4", age=10, backend="dask")[0], (1, 40), (2, 50))
    planned(tmp_path / "5", backend="spark")
    past = past_batches(RunDirectory(tmp_path / "6"), "same")
    assert list(past.items()) == [
        ("dask", [Measured(10, 0.04, 7), Measured(20, 0.05, 7)]),
        ("sequential", [Measured(10, 0.02, 7)]),
    ]


def test_nothing_is_known_of_a_job_that_never_ran(tmp_path, caplog):
    assert past_batches(RunDirectory(tmp_path / "job" / "1"), "same") == {}
    assert not caplog.messages
