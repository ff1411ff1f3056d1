"""The states of batches."""

from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.lifecycle import BatchState, count_states, state_after
from airflow_unifyweaver.run.plan import Plan, Shard

READY, CLAIMED, STARTED = EventType.BATCH_READY, EventType.BATCH_CLAIMED, EventType.BATCH_STARTED
COMPLETE, FAILED = EventType.BATCH_COMPLETE, EventType.BATCH_FAILED


def event(event_type, index=0, **payload):
    return Event(event_type, "test", batch_id(index), payload, "run", 0, 1)


def test_each_event_is_a_transition():
    life = [event(READY), event(CLAIMED), event(STARTED), event(FAILED), event(READY, retry_count=1)]
    states = [state_after(one) for one in (*life, event(CLAIMED), event(STARTED), event(COMPLETE))]
    assert states == ["idle", "claimed", "processing", "failed", "retry", "claimed", "processing", "complete"]


def test_counting_takes_batches_without_events_for_idle(tmp_path):
    run = RunDirectory(tmp_path)
    run.shard(0).path.mkdir(parents=True)
    lives = {
        0: [READY, CLAIMED, STARTED, COMPLETE],
        1: [READY, CLAIMED, STARTED],
        2: [READY, CLAIMED, STARTED, COMPLETE, CLAIMED, STARTED],  # a second attempt cannot undo a commit
        3: [READY, CLAIMED, STARTED, FAILED],
    }
    with Journal(run.shard(0).journal) as journal:
        for index, kinds in lives.items():
            journal.append(b"".join(event(kind, index).to_line() for kind in kinds))
    plan = Plan("run", "", "", 6, 0, "sequential", [], [Shard(0, 6, 0, 0)])
    assert count_states(run, plan) == {
        BatchState.COMPLETE: 2,
        BatchState.PROCESSING: 1,
        BatchState.FAILED: 1,
        BatchState.IDLE: 2,
    }


def test_counting_goes_by_the_batches_that_there_are_now(tmp_path):
    run = RunDirectory(tmp_path)
    run.shard(0).path.mkdir(parents=True)
    events = [event(CLAIMED, 2, pieces=3), event(FAILED, 2), event(CLAIMED, 1, pieces=4), event(STARTED, 1)]
    with Journal(run.shard(0).journal) as journal:
        journal.append(b"".join(one.to_line() for one in events))
    plan = Plan("run", "", "", 10, 0, "sequential", [], [Shard(0, 10, 0, 0)], adaptive=True)
    assert count_states(run, plan) == {BatchState.PROCESSING: 1, BatchState.IDLE: 6}
