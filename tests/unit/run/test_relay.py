"""Events of shards that are worked on elsewhere, as their journals tell them."""

import threading
import time
from contextlib import closing, contextmanager

import pytest

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run import relay
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.relay import Relay, relayed


def write(run, shard, index):
    event = Event(EventType.BATCH_STARTED, "worker.1", f"batch_{index:05d}", {}, "run", shard, 1)
    run.shard(shard).path.mkdir(parents=True, exist_ok=True)
    with Journal(run.shard(shard).journal) as journal:
        journal.append(event.to_line())
    return event


@contextmanager
def bus_to(heard, more):
    def hear(event):
        heard.append((event.shard, event.batch_id))
        more.set()

    with closing(Bus([Subscription(hear, [EventType.BATCH_STARTED])])) as bus:
        yield bus


def test_events_are_published_while_the_shards_are_at_work_and_each_once(tmp_path):
    run, heard, more = RunDirectory(tmp_path), [], threading.Event()
    write(run, 0, 0)  # of an earlier try
    with bus_to(heard, more) as bus, relayed(run, [0, 1], bus):
        write(run, 1, 7)
        assert more.wait(30)
        write(run, 0, 1)
    assert heard == [(1, "batch_00007"), (0, "batch_00001")]


def test_what_comes_last_is_heard_when_the_shards_end_in_an_error(tmp_path):
    run, heard = RunDirectory(tmp_path), []

    def interrupted():
        with bus_to(heard, threading.Event()) as bus, relayed(run, [0], bus):
            write(run, 0, 3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert heard == [(0, "batch_00003")]


def test_half_a_line_waits_for_its_end(tmp_path):
    run, heard, more = RunDirectory(tmp_path), [], threading.Event()
    line = write(run, 1, 5).to_line()
    with (
        bus_to(heard, more) as bus,
        relayed(run, [1], bus),
        run.shard(1).journal.open("ab", buffering=0) as journal,
    ):
        journal.write(line[:20])
        assert not more.wait(0.5)
        journal.write(line[20:])
    assert heard == [(1, "batch_00005")]


def test_the_next_process_tells_what_the_last_one_did_not(tmp_path):
    run, heard = RunDirectory(tmp_path), []
    for index in range(2):
        with bus_to(heard, threading.Event()) as bus, relayed(run, [0, 1], bus):
            write(run, 0, index)
        write(run, 1, index)  # nobody tells it now
    with bus_to(heard, threading.Event()) as bus:
        Relay(run, [0, 1]).catch_up(bus)
    assert heard == [(0, "batch_00000"), (1, "batch_00000"), (0, "batch_00001"), (1, "batch_00001")]


def test_a_backlog_is_told_at_the_pace_of_a_slow_handler(tmp_path, monkeypatch):
    monkeypatch.setattr(relay, "CHUNK_BYTES", 1000)
    monkeypatch.setattr("airflow_unifyweaver.events.bus.QUEUE_LENGTH", 10)
    run, heard = RunDirectory(tmp_path), []
    Relay(run, [0])
    for index in range(100):
        write(run, 0, index)

    def hear(event):
        time.sleep(0.01)
        heard.append(event.batch_id)

    with closing(Bus([Subscription(hear)])) as bus, relayed(run, [0], bus):
        assert len(heard) == 100


def test_a_line_of_any_length_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(relay, "CHUNK_BYTES", 10)
    run, heard = RunDirectory(tmp_path), []
    with bus_to(heard, threading.Event()) as bus, relayed(run, [0], bus):
        write(run, 0, 1)
        write(run, 0, 2)
    assert heard == [(0, "batch_00001"), (0, "batch_00002")]
