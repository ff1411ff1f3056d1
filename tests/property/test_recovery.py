"""Recovery: whatever happened to a shard and wherever its journal ends, a new coordinator brings it to its one end."""

from collections import deque

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import runner
from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.backend import WorkerLost
from airflow_unifyweaver.run.directory import RunDirectory, batch_id, batch_index
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.state import ShardState

BATCHES = 4
RESULTS = 2
"""Of each batch, so that one which counts twice is seen in the sum."""


class CrashError(Exception):
    """The coordinator is gone."""


class ScriptedBackend:
    """Does with each ticket what the script says next; completes it when the script has ended, or crashes by then.

    :param script: steps such as ``complete``, ``fail`` or ``lose``.
    :param crash: whether the coordinator dies at the script's end.
    :param orphans: tickets of workers that outlived earlier coordinators, and commit when the script says ``orphan``.
    """

    def __init__(self, script=(), crash=False, orphans=()):
        self.script = deque(script)
        self.crash = crash
        self.orphans = deque(orphans)
        self.tickets = deque()
        self.handed_out = []
        self.committed = set()

    def init(self, spec, slot_settings):
        self.journal = Journal(spec.folder / "journal.jsonl")

    def shutdown(self):
        self.journal.close()

    def capacity(self):
        return 2 - len(self.tickets)

    def submit(self, tickets):
        assert not self.committed & {ticket.index for ticket in tickets}
        self.tickets.extend(tickets)
        self.handed_out.extend(tickets)

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
        if step in ("complete", "lose after commit"):
            self.committed.add(ticket.index)
        if step.startswith("lose"):
            if step == "lose after commit":
                self.record(ticket, "complete")
            waiting = list(self.tickets)
            self.tickets.clear()
            return [WorkerLost("killed by SIGKILL", ticket, waiting)]
        return [self.record(ticket, step)]

    def record(self, ticket, step):
        payload = Commit("a.segment", 0, 0, 0, RESULTS).to_payload() | {"error": "no", "processing_time_ms": 1.0}
        kind = EventType.BATCH_COMPLETE if step == "complete" else EventType.BATCH_FAILED
        event = Event(kind, "worker.1", batch_id(ticket.index), payload, "run", 0, ticket.attempt)
        self.journal.append(event.to_line())
        return event


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    (folder / "lines.txt").write_text("line\n" * BATCHES)
    fields = {
        "name": "recovery",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "cat"},
        "retry": {"delay": 0.0, "max_attempts": 3},
    }
    return BatchJob.from_dict(fields, base_dir=folder)


def commits_by_hand(journal):
    """Return the batches that a journal tells are committed, read as its reference says and not as the code does."""
    leases, committed = {}, set()
    for event in read_events(journal):
        if event.event_type == EventType.BATCH_CLAIMED:
            leases[event.batch_id] = event.attempt
        elif event.event_type == EventType.BATCH_COMPLETE and leases.get(event.batch_id) == event.attempt:
            committed.add(batch_index(event.batch_id))
    return committed


STEPS = st.lists(st.sampled_from(["complete", "complete", "fail", "lose", "lose after commit", "orphan"]), max_size=12)
CUT = st.none() | st.integers(0, 6000)
"""At which byte the journal ends after a crash; past its end, or None: it is left as it is."""


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lives=st.lists(st.tuples(STEPS, CUT), max_size=4), last=STEPS)
def test_every_batch_ends_committed_once(job, tmp_path_factory, lives, last):
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    runner.plan_run(job, run, map_tasks=1)
    journal = run.shard(0).journal
    orphans = []
    for script, cut in lives:
        live(job, run, ScriptedBackend(script, crash=True, orphans=orphans), orphans)
        if cut is not None:
            journal.write_bytes(journal.read_bytes()[:cut])
    for script in (last, []):  # the first may fail the job, the second does not
        live(job, run, ScriptedBackend(script, orphans=orphans), orphans)
    state = ShardState.load(journal)
    assert state.finished
    assert set(state.commits) == commits_by_hand(journal) == set(range(BATCHES))
    assert state.results == RESULTS * BATCHES
    assert not state.failures
    before = journal.read_bytes()
    summary = runner.work_on_task(job, run, 0, backend=None)
    assert (summary.batches, summary.completed, summary.failed, summary.results) == (4, 4, 0, RESULTS * BATCHES)
    assert journal.read_bytes() == before, "a finished shard was worked on again"


def live(job, run, backend, orphans):
    """Let a coordinator work, to the end of the shard or its own; what is committed is not done again."""
    journal = run.shard(0).journal
    committed, finished = commits_by_hand(journal), ShardState.load(journal).finished
    try:
        summary = runner.work_on_task(job, run, 0, backend=backend)
    except (CrashError, JobFailedError):
        orphans.extend(backend.tickets)
    else:
        assert (summary.completed, summary.results) == (BATCHES, RESULTS * BATCHES)
        assert ShardState.load(journal).finished
    assert not committed & {ticket.index for ticket in backend.handed_out}
    assert not (finished and backend.handed_out)
