"""Recovery of adaptive jobs, in which every coordinator makes other batches of the same pieces.

What must hold is told by the pieces: each ends in exactly one committed batch, whatever was claimed, committed by
workers that outlived their coordinator, or lost.
"""

from collections import Counter, deque
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import runner
from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.adaptive import AdaptiveBatches
from airflow_unifyweaver.run.backend import WorkerLost
from airflow_unifyweaver.run.directory import RunDirectory, batch_id, batch_index
from airflow_unifyweaver.run.lifecycle import BatchState, count_states
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.state import REVOKED, ShardState, made_of
from airflow_unifyweaver.run.steering import Bounds

PIECES = 12
LINE = b"fifteen letters\n"
"""As long as the smallest piece."""


class CrashError(Exception):
    """The coordinator is gone."""


class ScriptedSteering:
    """Wants batches of so many pieces, in turn."""

    def __init__(self, sizes):
        self._sizes = cycle(sizes)

    def bounds(self):
        size = next(self._sizes) * len(LINE)
        return Bounds(size, size)

    def learn(self, size, seconds):
        pass


class ScriptedBackend:
    """Does with each ticket what the script says next; completes it when the script has ended, or crashes by then.

    A batch has as many results as pieces, so that the sum tells of any that is lost or counts twice.
    """

    def __init__(self, script=(), crash=False, orphans=()):
        self.script = deque(script)
        self.crash = crash
        self.orphans = deque(orphans)
        self.tickets = deque()

    def init(self, spec, slot_settings):
        self.journal = Journal(spec.folder / "journal.jsonl")

    def shutdown(self):
        self.journal.close()

    def capacity(self):
        return 2 - len(self.tickets)

    def submit(self, tickets):
        self.tickets.extend(tickets)

    def wait(self, timeout):
        if not self.script and self.crash:
            raise CrashError
        step = self.script.popleft() if self.script else "complete"
        if step == "orphan":
            if self.orphans:
                self.record(self.orphans.popleft(), "complete")
            return []
        if not self.tickets:
            return []
        ticket = self.tickets.popleft()
        if step.startswith("lose"):
            if step == "lose after commit":
                self.record(ticket, "complete")
            waiting = list(self.tickets)
            self.tickets.clear()
            return [WorkerLost("killed by SIGKILL", ticket, waiting)]
        return [self.record(ticket, step)]

    def record(self, ticket, step):
        event = decided(ticket.index, ticket.pieces, ticket.attempt, step)
        self.journal.append(event.to_line())
        return event


def decided(index, pieces, attempt, step="complete"):
    facts = {"error": "no", "processing_time_ms": 1.0} | made_of(pieces)
    payload = Commit("a.segment", 0, 0, 0, pieces).to_payload() | facts
    kind = EventType.BATCH_COMPLETE if step == "complete" else EventType.BATCH_FAILED
    return Event(kind, "worker.1", batch_id(index), payload, "run", 0, attempt)


def claimed(index, pieces, attempt):
    return Event(EventType.BATCH_CLAIMED, "coordinator", batch_id(index), made_of(pieces), "run", 0, attempt)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    (folder / "lines.txt").write_bytes(LINE * PIECES)
    fields = {
        "name": "recovery",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"adaptive": {}},
        "work": {"command": "cat"},
        "retry": {"delay": 0.0, "max_attempts": 3},
        "parallel": {"workers": 1},  # or the last batches would be small ones whatever the script says
    }
    return BatchJob.from_dict(fields, base_dir=folder)


def commits_by_hand(journal):
    """Return the committed ranges of pieces, read piece by piece from the journal as its reference says."""
    holder, ranges, committed = {}, {}, {}
    for event in read_events(journal):
        if event.event_type == EventType.BATCH_CLAIMED:
            index, pieces = batch_index(event.batch_id), event.payload.get("pieces", 1)
            mine = set(range(index, index + pieces))
            ranges[index, event.attempt] = mine
            holder |= dict.fromkeys(mine, (index, event.attempt))
            committed = {
                other: theirs
                for other, theirs in committed.items()
                if not theirs & mine or (other, theirs) == (index, mine)
            }
        elif event.event_type == EventType.BATCH_COMPLETE:
            index = batch_index(event.batch_id)
            mine = ranges.get((index, event.attempt), set())
            told = len(mine) == event.payload.get("pieces", 1)
            if told and index not in committed and all(holder[piece] == (index, event.attempt) for piece in mine):
                committed[index] = mine
    return committed


def check_disjoint(journal):
    committed = commits_by_hand(journal)
    state = ShardState.load(journal)
    assert {index: state.size(index) for index in state.commits} == {
        index: len(own) for index, own in committed.items()
    }
    assert max(Counter(piece for own in committed.values() for piece in own).values(), default=1) == 1
    assert state.results == state.covered == sum(map(len, committed.values()))
    assert [piece for piece in range(PIECES) if state.covers(piece)] == sorted(set().union(*committed.values()))
    return state


STEPS = st.lists(st.sampled_from(["complete", "complete", "fail", "lose", "lose after commit", "orphan"]), max_size=12)
SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=4)
CUT = st.none() | st.integers(0, 6000)
LIFE = st.tuples(STEPS, SIZES, CUT)
"""What happens to the tickets of a coordinator, how large its batches are, and at which byte the journal ends then."""


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(lives=st.lists(LIFE, max_size=4), last=STEPS, sizes=SIZES)
def test_every_piece_ends_in_one_committed_batch(job, tmp_path_factory, monkeypatch, lives, last, sizes):
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    plan = runner.plan_run(job, run, map_tasks=1)
    assert plan.batches == PIECES
    journal = run.shard(0).journal
    orphans = []
    for script, wanted, cut in lives:
        live(job, run, ScriptedBackend(script, crash=True, orphans=orphans), orphans, wanted, monkeypatch)
        if cut is not None:
            journal.write_bytes(journal.read_bytes()[:cut])
        check_disjoint(journal)
    for script in (last, []):  # the first may fail the job, the second does not
        live(job, run, ScriptedBackend(script, orphans=orphans), orphans, sizes, monkeypatch)
    state = check_disjoint(journal)
    assert state.finished
    assert state.results == PIECES
    assert not state.failures
    assert count_states(run, Plan.require(run)) == {BatchState.COMPLETE: len(state.commits)}
    assert sum(pieces for _, pieces in state.batches(0, PIECES)) == PIECES
    before = journal.read_bytes()
    summary = runner.work_on_task(job, run, 0)
    batches = len(state.commits)
    assert (summary.batches, summary.completed, summary.failed, summary.results) == (batches, batches, 0, PIECES)
    assert journal.read_bytes() == before, "a finished shard was worked on again"


def live(job, run, backend, orphans, sizes, monkeypatch):
    """Let a coordinator work, to the end of the shard or its own."""
    adaptive = AdaptiveBatches(ScriptedSteering(sizes), 1)
    monkeypatch.setattr(runner, "_adaptive", lambda *_: adaptive)
    try:
        summary = runner.work_on_task(job, run, 0, backend=backend)
    except (CrashError, JobFailedError):
        orphans.extend(backend.tickets)
    else:
        assert summary.results == PIECES
        assert ShardState.load(run.shard(0).journal).finished


RANGE = st.tuples(st.integers(0, 7), st.integers(1, 5))
CLAIM = st.tuples(st.just("claim"), RANGE)
DECISION = st.tuples(st.sampled_from(["complete", "complete", "fail", "revoke"]), st.integers(0, 30))


@given(st.lists(CLAIM | DECISION, max_size=40))
def test_any_order_of_claims_and_commits_leaves_no_piece_to_two_batches(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("shard") / "journal.jsonl"
    attempts, claims, events = Counter(), [], []
    for kind, what in steps:
        if kind == "claim":
            index, pieces = what
            attempts[index] += 1
            claims.append((index, pieces, attempts[index]))
            events.append(claimed(*claims[-1]))
        elif claims:
            events.append(decided(*claims[what % len(claims)], step="fail" if kind == "revoke" else kind))
            if kind == "revoke":
                events[-1].payload[REVOKED] = True
    with Journal(path) as journal:
        journal.append(b"".join(event.to_line() for event in events))
    state = ShardState.load(path)
    covered = [piece for index in state.commits for piece in range(index, index + state.size(index))]
    assert len(covered) == len(set(covered)) == state.covered == state.results
    assert {piece for piece in range(PIECES) if state.covers(piece)} == set(covered)
    made = list(state.batches(0, PIECES))
    assert [index for index, _ in made] == [sum(size for _, size in made[:place]) for place in range(len(made))]
    assert len(made) == state.batches_among(PIECES)
    assert set(state.commits) <= {index for index, _ in made}
    if not any(kind == "revoke" for kind, _ in steps):
        assert {index: state.size(index) for index in state.commits} == {
            index: len(own) for index, own in commits_by_hand(path).items()
        }
