"""Pieces at a URL: wherever a machine dies, the next one has what was sent, whole and once, and nothing else."""

import uuid
from contextlib import closing, nullcontext

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Shard
from airflow_unifyweaver.run.remote import checkpoints
from airflow_unifyweaver.run.remote.checkpoints import RemoteCheckpoints
from airflow_unifyweaver.run.remote.pieces import TakenOverError
from airflow_unifyweaver.run.remote.results import results_of
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.run.segment import SegmentReader, SegmentWriter
from airflow_unifyweaver.run.state import ShardState

SHARD = Shard(0, 1000, 0, 0)
SLOTS = 2


class Machine:
    """A process at work on a shard, on a machine of its own."""

    def __init__(self, folder, url):
        self.run = RunDirectory(folder, url)
        self.shard = self.run.shard(0)
        self.checkpoints = RemoteCheckpoints(self.run, 0)
        self.checkpoints.fetch()
        self.found = self.shard.journal.read_bytes()
        self.state = ShardState.load(self.shard.journal)
        while not self.checkpoints.take_over(SHARD):
            pass
        self.journal = Journal(self.shard.journal)
        self.segments = [SegmentWriter(self.shard.segments, slot) for slot in range(SLOTS)]

    def commit(self, index, slot, data):
        """Do what a coordinator and a worker do with a batch."""
        attempt = self.state.attempts.get(index, 0) + 1
        for kind in (EventType.BATCH_CLAIMED, EventType.BATCH_COMPLETE):
            payload = {}
            if kind == EventType.BATCH_COMPLETE:
                payload = self.segments[slot].append(data, 1).to_payload()
            event = Event(kind, "test", batch_id(index), payload, "run", 0, attempt)
            self.state.apply(event)
            self.journal.append(event.to_line())

    def tear(self):
        """Write a part of a line and results without one, as what dies in the middle of a batch leaves them."""
        self.segments[0].append(b"no commit names this", 1)
        self.journal.append(b'{"event_type":"batch_comp')

    def close(self):
        self.journal.close()
        for segment in self.segments:
            segment.close()


def committed_results(folder, url):
    """Return what a machine that publishes finds, by batch."""
    run = RunDirectory(folder, url)
    with results_of(run) as fetch:
        fetch(0)
        state = ShardState.load(run.shard(0).journal)
        with closing(SegmentReader(run.shard(0).segments)) as reader:
            return {index: reader.read(commit) for index, commit in state.commits.items()}


BATCH = st.tuples(st.just("batch"), st.integers(0, SLOTS - 1), st.binary(max_size=40))
STEP = st.tuples(st.sampled_from(["send", "send", "die", "torn", "refused", "denied", "rival"]))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[("batch", 0, b"a"), ("denied",), ("batch", 1, b"b"), ("send",)], piece_bytes=16 << 20)
@given(steps=st.lists(BATCH | STEP, max_size=25), piece_bytes=st.sampled_from([1, 50, 16 << 20]))
def test_what_was_sent_is_there_once(tmp_path_factory, monkeypatch, steps, piece_bytes):
    monkeypatch.setattr(checkpoints, "PIECE_BYTES", piece_bytes)
    folder, url = tmp_path_factory.mktemp("machines"), f"memory://{uuid.uuid4().hex}/run"
    Store(url).put("plan/batches.jsonl", b"")
    machine, sent, done = Machine(folder / "0", url), {}, {}

    def begin_anew():
        nonlocal machine, done
        machine.close()
        before = machine.shard.journal.read_bytes()
        machine = Machine(folder / uuid.uuid4().hex, url)
        assert before.startswith(machine.found)
        assert set(sent) <= set(machine.state.commits) <= set(done)
        done = {index: done[index] for index in machine.state.commits}

    for number, (step, *values) in enumerate(steps):
        if step == "batch":
            slot, data = values
            machine.commit(number, slot, data)
            done[number] = data
        elif step == "send":
            machine.checkpoints.send()
            sent = dict(done)
        elif step in ("refused", "denied"):
            with monkeypatch.context() as patch, pytest.raises(RunError) if wanting(machine) else nullcontext():
                patch.setattr(Store, "put_new", refusing(Store.put_new, after=step == "denied"))
                machine.checkpoints.send()
        elif step == "rival":
            lost, machine = machine, Machine(folder / uuid.uuid4().hex, url)
            lost.commit(number, 0, b"late")
            with pytest.raises(TakenOverError, match=r"another process, on .+ has taken over this shard"):
                lost.checkpoints.send()
            lost.close()
            done = {index: done[index] for index in machine.state.commits}
        else:
            if step == "torn":
                machine.tear()
            begin_anew()
    machine.checkpoints.send()
    machine.close()
    assert committed_results(folder / "publisher", url) == done
    assert committed_results(folder / "publisher", url) == done


def wanting(machine):
    """Tell whether there is something to be sent."""
    return machine.checkpoints._sent < machine.shard.journal.stat().st_size


def refusing(put, after):
    def refuse(store, name, data):
        if after:
            put(store, name, data)
        raise RunError("the server does not answer")

    return refuse
