"""The life of a batch: one enum of states, and the event that each transition is."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState


class BatchState(StrEnum):
    """Where a batch stands."""

    IDLE = "idle"
    """Planned, and not handed out yet. Also what a batch is before its first event, ``batch_ready``."""
    CLAIMED = "claimed"
    """A worker slot holds the lease on it: since ``batch_claimed``."""
    PROCESSING = "processing"
    """A worker is at it: since ``batch_started``."""
    COMPLETE = "complete"
    """Committed: since ``batch_complete``. The end, unless its results are damaged."""
    FAILED = "failed"
    """The last attempt failed: since ``batch_failed``. The end, unless another attempt follows."""
    RETRY = "retry"
    """Waits for another attempt: since a ``batch_ready`` with a ``retry_count``."""


_AFTER = {
    EventType.BATCH_CLAIMED: BatchState.CLAIMED,
    EventType.BATCH_STARTED: BatchState.PROCESSING,
    EventType.BATCH_COMPLETE: BatchState.COMPLETE,
    EventType.BATCH_FAILED: BatchState.FAILED,
}


def state_after(event: Event) -> BatchState:
    """Return the state that an event brings its batch into."""
    if event.event_type == EventType.BATCH_READY:
        return BatchState.RETRY if event.payload else BatchState.IDLE
    return _AFTER[EventType(event.event_type)]


def count_states(run: RunDirectory, plan: Plan) -> Counter[BatchState]:
    """Return how many batches of a run are in each state, as its journals tell.

    A piece of an adaptive plan that is in no batch yet counts as an idle one.
    """
    types = {EventType.BATCH_READY, *_AFTER}
    counts: Counter[BatchState] = Counter()
    for number, shard in enumerate(plan.shards):
        states: dict[str | None, BatchState] = {}
        made = ShardState()
        for event in read_events(run.shard(number).journal, types):
            if event.event_type == EventType.BATCH_CLAIMED:
                made.apply(event)
            if states.get(event.batch_id) != BatchState.COMPLETE or event.event_type == EventType.BATCH_FAILED:
                states[event.batch_id] = state_after(event)
        batches = (index for index, _ in made.batches(shard.first, shard.count))
        counts.update(states.get(batch_id(index) if made.holds(index) else None, BatchState.IDLE) for index in batches)
    return counts
