"""The worker: every attempt ends in a journal line, and commits read back."""

import json
import re

import pytest

from airflow_unifyweaver.aggregation.registry import aggregation_for
from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import RunError, WorkError
from airflow_unifyweaver.run.backend import Ticket, WorkerSpec
from airflow_unifyweaver.run.directory import ShardDirectory
from airflow_unifyweaver.run.segment import Commit, SegmentReader
from airflow_unifyweaver.run.worker import Worker


class Numbers:
    """A batch, a reader of it and work on it in one."""

    def __init__(self, act=list):
        self.act = act

    def read(self, recipe):
        self.recipe = recipe
        return self

    def is_empty(self):
        return not self.recipe["numbers"]

    def run(self, batch):
        return self.act(batch.recipe["numbers"])


@pytest.fixture
def shard(tmp_path):
    return ShardDirectory(tmp_path)


def work(shard, *batches, act=list, aggregation="concat"):
    told = []
    numbers = Numbers(act)
    spec = WorkerSpec("run", 7, shard.path, numbers, numbers, aggregation_for(aggregation, False, lines=False))
    worker = Worker(spec, 3, told.append)
    for index, batch in enumerate(batches):
        recipe = json.dumps({"numbers": batch}).encode()
        worker.process(Ticket(index, 2, recipe), more=index + 1 < len(batches))
    worker.close()
    return told


def test_results_are_committed_and_read_back(shard):
    work(shard, [1, 2], [3])
    commits = [event for event in read_events(shard.journal) if event.event_type == "batch_complete"]
    reader = SegmentReader(shard.segments)
    assert [reader.read(Commit.from_payload(event.payload)) for event in commits] == [b"1\n2\n", b"3\n"]
    assert [event.payload["results_count"] for event in commits] == [2, 1]
    assert {(event.source, event.shard, event.attempt) for event in commits} == {("worker.3", 7, 2)}


def test_what_is_told_is_what_is_journaled(shard):
    told = b"".join(work(shard, [1], [2], [3]))
    assert told == shard.journal.read_bytes()
    kinds = [Event.from_line(line + b"\n").event_type for line in told.splitlines()]
    assert kinds == ["batch_started", "batch_complete"] * 3


def test_results_are_combined(shard):
    work(shard, [1, 2, 3], aggregation="sum")
    (event,) = [event for event in read_events(shard.journal) if event.event_type == "batch_complete"]
    assert SegmentReader(shard.segments).read(Commit.from_payload(event.payload)) == b"6\n"
    assert event.payload["results_count"] == 3


def test_empty_batches_commit_without_running_the_work(shard):
    work(shard, [], act=lambda _: 1 / 0)
    kinds = [event.event_type for event in read_events(shard.journal)]
    assert kinds == ["batch_started", "batch_complete"]


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (WorkError("exit code 3"), "exit code 3"),
        (ValueError("bad"), "ValueError: bad ("),
        (SystemExit(4), "SystemExit: 4 ("),
        (MemoryError(), "MemoryError:  ("),
    ],
)
def test_whatever_work_raises_is_a_failed_attempt(shard, raised, error):
    def act(_):
        raise raised

    work(shard, [1], act=act)
    _, failed = read_events(shard.journal)
    assert failed.event_type == "batch_failed"
    assert failed.payload["error"].startswith(error)
    assert failed.payload["retry_count"] == 1


def test_an_error_that_quotes_all_of_its_input_is_cut(shard):
    def act(_):
        raise ValueError("x" * 5_000_000)

    work(shard, [1], act=act)
    _, failed = read_events(shard.journal)
    assert re.fullmatch(r"ValueError: x{10000}\.\.\. \(.*test_worker.py:\d+\)", failed.payload["error"])


def test_a_generator_that_raises_late_leaves_nothing_behind(shard):
    def act(_):
        yield 1
        raise ValueError("late")

    work(shard, [1], act=act)
    assert [event.event_type for event in read_events(shard.journal)] == ["batch_started", "batch_failed"]
    assert [segment.stat().st_size for segment in shard.segments.iterdir()] == [0]


def test_a_run_directory_that_cannot_be_written_is_no_fault_of_the_batch(shard, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("airflow_unifyweaver.run.segment.os.pwrite", full)
    with pytest.raises(RunError, match=r"cannot write results to .*: No space left on device"):
        work(shard, [1])
