"""The coordinator, led through single situations by a scripted backend."""

from collections import deque
from contextlib import closing
from itertools import islice

import pytest

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.run.adaptive import AdaptiveBatches
from airflow_unifyweaver.run.attempts import HAND_BACKS
from airflow_unifyweaver.run.backend import Started, WorkerLost
from airflow_unifyweaver.run.coordinator import Coordinator, ShardSummary
from airflow_unifyweaver.run.directory import ShardDirectory, batch_id
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.retry import RetryPolicy
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.state import ShardState, made_of
from airflow_unifyweaver.run.steering import Bounds


class ScriptedBackend:
    """Answers each ticket by what the script says for its batch, in turn; succeeds when it says nothing."""

    def __init__(self, shard, script=None, capacity=2):
        self.journal = Journal(shard.journal)
        self.script = {index: deque(steps) for index, steps in (script or {}).items()}
        self.tickets = deque()
        self.handed_out = []
        self.untold = []
        self.free = capacity
        self.waited = []

    def capacity(self):
        return self.free - len(self.tickets)

    def submit(self, tickets):
        assert len(tickets) <= self.capacity()
        self.tickets.extend(tickets)
        self.handed_out.extend((ticket.index, ticket.attempt) for ticket in tickets)

    def wait(self, timeout):
        self.waited.append((self.capacity(), timeout))
        if self.untold:
            return [self.untold.pop()]
        if not self.tickets:
            return []
        ticket = self.tickets.popleft()
        steps = self.script.get(ticket.index)
        step = steps.popleft() if steps else "complete"
        if step == "lost":
            waiting = list(self.tickets)
            self.tickets.clear()
            return [WorkerLost("killed by SIGKILL", ticket, waiting)]
        if step == "preempted":
            return [WorkerLost("killed by SIGTERM", ticket, preempted=True)]
        if step == "lost while others commit":
            self.untold = [self.event(other, "complete") for other in self.tickets]
            self.tickets.clear()
        elif step == "committed, then lost":
            self.event(ticket, "complete")
        else:
            return [self.event(ticket, step)]
        return [WorkerLost("killed by SIGKILL", ticket)]

    def event(self, ticket, step):
        payload = Commit("a.segment", 0, 0, 0, 1).to_payload() | made_of(ticket.pieces)
        payload |= {"error": "no", "processing_time_ms": 1.0}
        kind = EventType.BATCH_COMPLETE if step == "complete" else EventType.BATCH_FAILED
        event = Event(kind, "worker.1", batch_id(ticket.index), payload, "run", 0, ticket.attempt)
        self.journal.append(event.to_line())
        return event


@pytest.fixture
def shard(tmp_path):
    (tmp_path / "0000").mkdir()
    return ShardDirectory(tmp_path / "0000")


def lead(shard, backend, count=4, *, max_attempts=3, allowed=0, heard=None):
    bus = Bus([] if heard is None else [Subscription(heard.append)])
    state = ShardState.load(shard.journal)
    coordinator = Coordinator("run", 0, shard, RetryPolicy(max_attempts, "constant", 0.0, allowed), bus, state)
    try:
        return coordinator.run((PlannedBatch(index, b"{}") for index in range(count)), count, backend)
    finally:
        coordinator.close()
        bus.close()


def kinds(shard, index):
    return [event.event_type for event in read_events(shard.journal) if event.batch_id == batch_id(index)]


def test_every_batch_is_claimed_and_committed_once(shard):
    backend = ScriptedBackend(shard)
    heard = []
    assert lead(shard, backend, heard=heard) == ShardSummary(4, 4, 0, 4, 0)
    assert backend.handed_out == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert kinds(shard, 0) == ["batch_ready", "batch_claimed", "batch_complete"]
    assert sorted(event.to_line() for event in heard) == sorted(event.to_line() for event in read_events(shard.journal))


class TellingBackend(ScriptedBackend):
    """Tells of starts as well."""

    def wait(self, timeout):
        started = [
            Event(EventType.BATCH_STARTED, "worker.1", batch_id(ticket.index), {}, "run", 0, 1)
            for ticket in islice(self.tickets, 1)
        ]
        return [*(Started(event.to_line()) for event in started), *super().wait(timeout)]


def test_starts_are_told_to_whoever_wants_to_hear_of_them(shard):
    heard = []
    assert lead(shard, TellingBackend(shard), heard=heard).completed == 4
    started = [event.batch_id for event in heard if event.event_type == EventType.BATCH_STARTED]
    assert started == [batch_id(index) for index in range(4)]


def test_failed_batch_is_tried_again(shard):
    backend = ScriptedBackend(shard, {1: ["fail", "fail"]})
    assert lead(shard, backend) == ShardSummary(4, 4, 0, 4, 0)
    assert [attempt for index, attempt in backend.handed_out if index == 1] == [1, 2, 3]


def test_what_is_due_while_no_slot_is_free_waits_for_a_report(shard):
    backend = ScriptedBackend(shard, {0: ["fail"], 1: ["fail"]})
    lead(shard, backend)
    assert {timeout for capacity, timeout in backend.waited if not capacity} == {None}


def test_too_many_failures_fail_the_job_with_the_cause(shard):
    backend = ScriptedBackend(shard, {1: ["fail"] * 3})
    with pytest.raises(JobFailedError, match="batch_00001 failed after 3 attempts: no"):
        lead(shard, backend)
    assert not any(event.event_type == EventType.BATCHES_COMPLETE for event in read_events(shard.journal))


def test_failure_within_the_budget_is_counted(shard):
    backend = ScriptedBackend(shard, {1: ["fail"] * 3})
    assert lead(shard, backend, allowed=1) == ShardSummary(4, 3, 1, 3, 0)


def test_lost_worker_fails_its_batch_and_returns_the_others_untried(shard):
    backend = ScriptedBackend(shard, {0: ["lost"] * 2})
    assert lead(shard, backend, max_attempts=3) == ShardSummary(4, 4, 0, 4, 0)
    assert kinds(shard, 0).count("batch_failed") == 2
    assert kinds(shard, 1).count("batch_failed") == 0


def test_preempted_worker_hands_its_batch_back_at_no_cost(shard):
    backend = ScriptedBackend(shard, {1: ["preempted"] * 3})
    assert lead(shard, backend, max_attempts=1) == ShardSummary(4, 4, 0, 4, 0)
    assert [attempt for index, attempt in backend.handed_out if index == 1] == [1, 2, 3, 4]
    failed = [event for event in read_events(shard.journal) if event.event_type == EventType.BATCH_FAILED]
    assert [event.payload["killed"] for event in failed] == [True] * 3
    assert ShardState.load(shard.journal).failures == {}


def test_batch_whose_workers_are_preempted_without_end_has_failed(shard):
    with pytest.raises(JobFailedError, match="batch_00001 failed after 1 attempt: killed by SIGTERM"):
        lead(shard, ScriptedBackend(shard, {1: ["preempted"] * (HAND_BACKS + 1)}), max_attempts=1)


def test_commit_of_a_worker_that_died_before_it_could_tell_counts(shard):
    backend = ScriptedBackend(shard, {2: ["committed, then lost"]})
    assert lead(shard, backend) == ShardSummary(4, 4, 0, 4, 0)
    assert [attempt for index, attempt in backend.handed_out if index == 2] == [1]


def test_commits_that_the_journal_tells_of_before_their_worker_does_end_their_leases(shard):
    backend = ScriptedBackend(shard, {0: ["lost while others commit"]}, capacity=3)
    assert lead(shard, backend) == ShardSummary(4, 4, 0, 4, 0)
    assert sorted(backend.handed_out) == [(0, 1), (0, 2), (1, 1), (2, 1), (3, 1)]


def test_resume_works_on_what_is_left_only(shard):
    with pytest.raises(JobFailedError):
        lead(shard, ScriptedBackend(shard, {3: ["fail"] * 3}))
    backend = ScriptedBackend(shard)
    assert lead(shard, backend) == ShardSummary(4, 4, 0, 4, 0)
    assert backend.handed_out == [(3, 4)]
    assert kinds(shard, 3)[:2] == ["batch_ready", "batch_claimed"]
    assert kinds(shard, 3).count("batch_ready") == 3  # the first time, and before each retry


def test_empty_shard_is_finished_at_once(shard):
    assert lead(shard, ScriptedBackend(shard), count=0) == ShardSummary(0, 0, 0, 0)
    assert [event.event_type for event in read_events(shard.journal)] == ["batches_complete"]


def test_degradation_is_announced_once(shard):
    for _ in range(2):
        state = ShardState.load(shard.journal)
        coordinator = Coordinator("run", 0, shard, RetryPolicy(1, "constant", 0.0, 0), Bus(), state)
        coordinator.announce([{"requested": "gnu_parallel", "chosen": "bash_fork", "reason": "not installed"}])
        coordinator.run(iter([PlannedBatch(0, b"{}")]), 1, ScriptedBackend(shard))
        coordinator.close()
    assert sum(event.event_type == EventType.BACKEND_DEGRADED for event in read_events(shard.journal)) == 1


class Threes:
    """Steering that wants three pieces of one byte in a batch."""

    def __init__(self):
        self.heard = []

    def bounds(self):
        return Bounds(3, 3)

    def learn(self, size, seconds):
        self.heard.append(size)


def lead_adaptive(shard, backend, steering, count=8, policy=None):
    pieces = (PlannedBatch(index, b'{"file":0,"start":%d,"stop":%d}' % (index, index + 1)) for index in range(count))
    policy = policy or RetryPolicy(2, "constant", 0.0, 0)
    state = ShardState.load(shard.journal)
    adaptive = AdaptiveBatches(steering, 1)
    with closing(Coordinator("run", 0, shard, policy, Bus(), state, adaptive)) as coordinator:
        return coordinator.run(pieces, count, backend)


def test_pieces_are_claimed_and_committed_as_the_batches_they_are_made_into(shard):
    backend, steering = ScriptedBackend(shard, {3: ["fail"]}), Threes()
    assert lead_adaptive(shard, backend, steering) == ShardSummary(3, 3, 0, 3, 0)
    assert backend.handed_out == [(0, 1), (3, 1), (6, 1), (3, 2)]
    assert steering.heard == [3, 2, 3]
    events = list(read_events(shard.journal))
    claims = [event.payload for event in events if event.event_type == EventType.BATCH_CLAIMED]
    assert claims == [{"pieces": 3}, {"pieces": 3}, {"pieces": 2}, {"pieces": 3}]
    assert events[-1].payload | {"processing_time_ms": 0} == {
        "batches": 3,
        "completed": 3,
        "failed": 0,
        "results_count": 3,
        "quarantined": 0,
        "processing_time_ms": 0,
        "pieces": 8,
    }
    assert ShardState.load(shard.journal).finished


def test_what_is_left_of_pieces_is_made_into_batches_anew(shard):
    with pytest.raises(
        JobFailedError, match=r"batch_00003 failed after 2 attempts: no; failure.budget allows 0 batches"
    ):
        lead_adaptive(shard, ScriptedBackend(shard, {3: ["fail"] * 2}, capacity=1), Threes())
    backend = ScriptedBackend(shard)
    assert lead_adaptive(shard, backend, Threes()) == ShardSummary(3, 3, 0, 3, 0)
    assert backend.handed_out == [(3, 3), (6, 1)]


def test_a_budget_by_pieces_is_spent_by_the_pieces_of_a_batch(shard):
    policy = RetryPolicy(1, "constant", 0.0, 2, by_pieces=True)
    with pytest.raises(JobFailedError, match=r"failure.budget allows 2 pieces to fail"):
        lead_adaptive(shard, ScriptedBackend(shard, {3: ["fail"]}), Threes(), policy=policy)
    policy = RetryPolicy(1, "constant", 0.0, 3, by_pieces=True)
    assert lead_adaptive(shard, ScriptedBackend(shard, {3: ["fail"]}), Threes(), policy=policy).failed == 1
