import pytest

from airflow_unifyweaver.aggregation.registry import aggregation_for
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.run.budget import UNTOLD
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan, Shard
from airflow_unifyweaver.run.publish import publish
from airflow_unifyweaver.run.state import KILLED
from airflow_unifyweaver.run.verdict import verdict

COMMIT = {"results_count": 1, "segment": "s", "offset": 0, "length": 0, "checksum": 0}


def shard(run, number, *, committed=(), failed=(), killed=(), finished=True):
    directory = run.shard(number)
    directory.path.mkdir(parents=True)
    decided = [(index, "batch_complete", COMMIT) for index in committed]
    decided += [(index, "batch_failed", {"error": "exit code 3"}) for index in failed]
    decided += [(index, "batch_failed", {"error": "killed", KILLED: True}) for index in killed]
    with Journal(directory.journal) as journal:
        for index, event_type, payload in decided:
            for event, content in (("batch_claimed", {}), (event_type, payload)):
                journal.append(Event(event, "test", f"batch_{index:05d}", content, "run", number, 1).to_line())
        if finished:
            journal.append(
                Event("batches_complete", "test", None, {"completed": len(committed)}, "run", number).to_line()
            )


@pytest.fixture
def run(tmp_path):
    return RunDirectory(tmp_path)


PLAN = Plan("run", "", "", 6, 0, "sequential", [], [Shard(0, 3, 0, 0), Shard(3, 3, 0, 0)])


def test_failures_of_all_shards_count_together(run):
    shard(run, 0, committed=(0, 1), failed=(2,))
    shard(run, 1, committed=(3,), failed=(4, 5))
    assert verdict(run, PLAN, allowed=3) is None
    assert verdict(run, PLAN, allowed=2) == (
        f"{run.path}: 3 of 6 batches failed, and failure.budget allows 2:\n"
        "  3 x exit code 3 (batch_00002, batch_00004, batch_00005)"
    )


def test_what_failed_counts_more_than_what_is_not_finished(run):
    shard(run, 0, failed=(0,), finished=False)
    shard(run, 1, committed=(3, 4, 5))
    assert "1 of 6 batches failed" in verdict(run, PLAN, allowed=0)


def test_batches_are_counted_and_named_as_when_publishing(run):
    shard(run, 0, committed=(0, 2), failed=(1,))
    shard(run, 1, committed=(4, 5))  # the line of batch 3 is damaged
    aggregation = aggregation_for("count", by_key=False, lines=True)
    with pytest.raises(JobFailedError, match=r"^2 batches failed for good, batch_00001 among them: exit code 3; "):
        publish(run, PLAN, aggregation, allowed_failures=1)
    assert verdict(run, PLAN, allowed=1) == (
        f"{run.path}: 2 of 6 batches failed, and failure.budget allows 1:\n"
        f"  1 x exit code 3 (batch_00001)\n  1 x {UNTOLD} (batch_00003)"
    )


def test_what_was_killed_does_not_count(run):
    shard(run, 0, committed=(0, 1, 2))
    shard(run, 1, committed=(3,), killed=(4, 5), finished=False)
    assert verdict(run, PLAN, allowed=0).startswith(f"{run.path}: shard 1 is not finished, 4 of 6 batches")


def test_shards_that_are_not_finished_are_named(run):
    shard(run, 0, committed=(0, 1, 2))
    expected = "not finished, 3 of 6 batches are committed; clear the mapped tasks that failed, and they go on"
    assert verdict(run, PLAN, allowed=6) == f"{run.path}: shard 1 is {expected}"
    (run.shard(0).journal).unlink()
    assert "2 shards, 0 first, are not finished, 0 of 6" in verdict(run, PLAN, allowed=6)


def test_a_share_counts_the_pieces_that_batches_are_made_of(run):
    plan = Plan("run", "", "", 6, 0, "sequential", [], [Shard(0, 6, 0, 0)], adaptive=True)
    run.shard(0).path.mkdir(parents=True)
    with Journal(run.shard(0).journal) as journal:
        for event_type, content in (("batch_claimed", {"pieces": 4}), ("batch_failed", {"error": "exit code 3"})):
            journal.append(Event(event_type, "test", "batch_00001", content, "run", 0, 1).to_line())
    assert "not finished, 0 of 6 pieces are committed" in verdict(run, plan, allowed=1)
    assert "not finished" in verdict(run, plan, allowed=4, by_pieces=True)
    assert verdict(run, plan, allowed=3, by_pieces=True) == (
        f"{run.path}: 1 batch, 4 of 6 pieces failed, and failure.budget allows 3:\n  1 x exit code 3 (batch_00001)"
    )
