"""Events of a run while they come: to its end, and no further."""

import multiprocessing
import time
from contextlib import contextmanager, nullcontext

import pytest

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import follow_run
from airflow_unifyweaver.run.lock import locked
from airflow_unifyweaver.run.plan import Plan, Shard

PLAN = Plan("run", "", "", 3, 30, "sequential", [], [Shard(number, 1, 0, 10) for number in range(3)])


def tell(run, number, kind):
    journal = run.shard(number).journal
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("ab") as file:
        file.write(Event(kind, "coordinator", None, {}, "run", number, 0).to_line())


def finish_later(run, leads, begun, go):
    with locked(run.lock) if leads else nullcontext():
        begun.set()
        go.wait(60)
        time.sleep(1)  # in which it works on no shard, as between two of them
        for number in range(3):
            tell(run, number, EventType.BATCHES_COMPLETE)


@contextmanager
def finishing(run, leads):
    """Yields what lets another process finish all shards; it leads the whole run, or does so for Airflow."""
    context = multiprocessing.get_context("fork")
    begun, go = context.Event(), context.Event()
    worker = context.Process(target=finish_later, args=(run, leads, begun, go))
    worker.start()
    assert begun.wait(30)
    yield go
    worker.join()


@pytest.mark.timeout(60)
def test_shards_that_a_process_never_began_are_not_waited_for_when_it_is_gone(tmp_path):
    run = RunDirectory(tmp_path)
    with locked(run.lock):
        tell(run, 0, EventType.BATCH_FAILED)
    assert [event.shard for event in follow_run(run, PLAN, list(EventType))] == [0]


@pytest.mark.parametrize(("leads", "finished"), [(True, [0, 1, 2]), (False, [1, 2])], ids=["alone", "Airflow"])
def test_shards_that_were_not_begun_are_waited_for(tmp_path, leads, finished):
    run = RunDirectory(tmp_path)
    tell(run, 0, EventType.BATCH_FAILED)
    with finishing(run, leads=leads) as go:
        events = follow_run(run, PLAN, list(EventType))
        assert next(events).event_type == EventType.BATCH_FAILED
        go.set()
        assert [event.shard for event in events] == finished


def test_a_lock_that_is_about_to_be_held_is_not_one_that_was_left(tmp_path):
    run = RunDirectory(tmp_path)
    run.lock.touch()
    with finishing(run, leads=False) as go:
        go.set()
        assert [event.shard for event in follow_run(run, PLAN, list(EventType))] == [0, 1, 2]
