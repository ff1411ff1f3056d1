"""The bus delivers, and no handler can hold up whoever publishes."""

import io
import sys
import threading
import time

import pytest

from airflow_unifyweaver.events import bus
from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.handlers.progress import Progress
from airflow_unifyweaver.events.schema import Event, EventType


def event(event_type=EventType.BATCH_COMPLETE, number=0):
    return Event(event_type, "test", f"batch_{number:05d}", {}, "run", 0)


def test_delivers_in_order_by_topic():
    heard = []
    one_bus = Bus([Subscription(heard.append, [EventType.BATCH_COMPLETE])])
    events = [event(number=number) for number in range(100)]
    for one in events:
        one_bus.publish(one)
        one_bus.publish(event(EventType.BATCH_STARTED))
    one_bus.close()
    assert heard == events


def test_events_together_are_delivered_one_by_one():
    heard = []
    one_bus = Bus([Subscription(heard.append, [EventType.BATCH_COMPLETE])])
    events = [event(number=number) for number in range(10)]
    one_bus.publish(*events[:4], event(EventType.BATCH_STARTED), *events[4:])
    one_bus.publish()
    one_bus.close()
    assert heard == events


def test_of_events_together_those_are_dropped_that_find_no_place(monkeypatch, caplog):
    monkeypatch.setattr(bus, "QUEUE_LENGTH", 10)
    heard = []
    one_bus = Bus([Subscription(heard.append, name="slow")])
    events = [event(number=number) for number in range(15)]
    one_bus.publish(*events)
    one_bus.close()
    assert heard == events[:10]
    assert "event handler slow: raised 0 times, missed 5 events" in caplog.text


def test_what_is_wanted_is_known():
    one_bus = Bus([Subscription(print, [EventType.BATCH_COMPLETE]), Subscription(print, [EventType.BATCH_READY])])
    assert [kind for kind in EventType if one_bus.wants(kind)] == [EventType.BATCH_READY, EventType.BATCH_COMPLETE]
    one_bus.close()


def test_what_is_kept_at_once_needs_no_thread():
    heard, threads = [], threading.active_count()
    one_bus = Bus([Subscription(heard.append, [EventType.BATCH_COMPLETE], at_once=True)])
    one_bus.publish(event(EventType.BATCH_STARTED), event(number=1), event(number=2))
    assert [one.batch_id for one in heard] == ["batch_00001", "batch_00002"]
    assert threading.active_count() == threads
    assert [kind for kind in EventType if one_bus.wants(kind)] == [EventType.BATCH_COMPLETE]
    one_bus.close()


def test_raising_handler_is_counted_and_others_go_on(caplog):
    heard = []

    def broken(_):
        raise ValueError("no")

    one_bus = Bus([Subscription(broken, name="broken"), Subscription(heard.append)])
    for number in range(3):
        one_bus.publish(event(number=number))
    one_bus.close()
    assert len(heard) == 3
    assert "event handler broken raised ValueError: no" in caplog.text
    assert "event handler broken: raised 3 times, missed 0 events" in caplog.text


def test_handler_that_exits_is_counted_and_hears_the_next_event(caplog):
    def leaving(_):
        sys.exit("enough")

    one_bus = Bus([Subscription(leaving, name="leaving")])
    for number in range(2):
        one_bus.publish(event(number=number))
    one_bus.drain()
    one_bus.close()
    assert "event handler leaving raised SystemExit: enough" in caplog.text
    assert "event handler leaving: raised 2 times, missed 0 events" in caplog.text


def test_blocked_handler_costs_neither_publisher_nor_close_more_than_its_limit(monkeypatch, caplog):
    monkeypatch.setattr(bus, "QUEUE_LENGTH", 10)
    monkeypatch.setattr(bus, "CLOSE_SECONDS", 0.2)
    release = threading.Event()
    one_bus = Bus([Subscription(lambda _: release.wait(), name="stuck")])
    started = time.monotonic()
    for number in range(100):
        one_bus.publish(event(number=number))
    one_bus.close()
    release.set()
    assert time.monotonic() - started < 2
    assert "event handler stuck is still busy; it is left behind" in caplog.text
    missed = int(caplog.text.split("missed ")[1].split()[0])
    assert missed >= 89


def test_handler_that_is_stuck_already_is_left_at_once(monkeypatch, caplog):
    monkeypatch.setattr(bus, "STUCK_SECONDS", 0.2)
    release = threading.Event()
    one_bus = Bus([Subscription(lambda _: release.wait(), name="stuck")])
    for number in range(3):
        one_bus.publish(event(number=number))
    time.sleep(0.3)
    started = time.monotonic()
    one_bus.close()
    waited = time.monotonic() - started
    release.set()
    assert waited < 0.2
    assert "event handler stuck: raised 0 times, missed 3 events" in caplog.text


def test_handler_that_was_left_behind_hears_no_more(monkeypatch):
    monkeypatch.setattr(bus, "CLOSE_SECONDS", 0.1)
    heard, release = [], threading.Event()

    def waits(one):
        release.wait()
        heard.append(one)

    one_bus = Bus([Subscription(waits, name="stuck")])
    for number in range(3):
        one_bus.publish(event(number=number))
    one_bus.close()
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "events-stuck"]
    release.set()
    thread.join()
    assert [one.batch_id for one in heard] == ["batch_00000"]


def test_slow_handler_that_gets_on_is_waited_for(monkeypatch):
    monkeypatch.setattr(bus, "STUCK_SECONDS", 0.2)
    heard = []

    def slow(one):
        time.sleep(0.03)
        heard.append(one)

    one_bus = Bus([Subscription(slow)])
    for number in range(20):
        one_bus.publish(event(number=number))
    one_bus.close()
    assert len(heard) == 20


@pytest.mark.parametrize("topics", [[], [EventType.BATCH_FAILED]])
def test_unwanted_events_are_not_queued(topics):
    heard = []
    one_bus = Bus([Subscription(heard.append, topics)])
    one_bus.publish(event())
    one_bus.close()
    assert heard == []


class Buffer:
    """Keeps what it hears, and delivers some of it when it has to settle."""

    def __init__(self, seconds, lost):
        self.heard = []
        self.settled_by = None
        self._seconds = seconds
        self._lost = lost

    def __call__(self, event):
        self.heard.append(event)

    def settle(self, seconds):
        self.settled_by = (threading.current_thread().name, len(self.heard))
        time.sleep(min(seconds, self._seconds))
        return self._lost


def test_handler_that_buffers_settles_on_its_thread_and_tells_what_is_missing(caplog):
    buffer = Buffer(0, lost=2)
    one_bus = Bus([Subscription(buffer, name="buffer")])
    for number in range(3):
        one_bus.publish(event(number=number))
    one_bus.close()
    assert buffer.settled_by == ("events-buffer", 3)
    assert caplog.messages == ["event handler buffer: raised 0 times, missed 2 events"]


def test_handler_that_buffers_for_long_can_still_tell_what_is_missing(monkeypatch, caplog):
    monkeypatch.setattr(bus, "CLOSE_SECONDS", 1.0)
    one_bus = Bus([Subscription(Buffer(60, lost=1), name="buffer")])
    one_bus.publish(event())
    one_bus.close()
    assert caplog.messages == ["event handler buffer: raised 0 times, missed 1 events"]


@pytest.mark.parametrize("error", [OSError("broken pipe"), SystemExit("enough")])
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_handler_that_raises_while_it_settles_is_counted_and_others_settle(caplog, error):
    class Broken(Buffer):
        def settle(self, seconds):
            raise error

    sound = Buffer(0, lost=0)
    one_bus = Bus([Subscription(Broken(0, 0), name="broken"), Subscription(sound, name="sound")])
    one_bus.publish(event())
    one_bus.close()
    assert sound.settled_by == ("events-sound", 1)
    assert caplog.messages == [
        f"event handler broken raised {type(error).__name__}: {error}",
        "event handler broken: raised 1 times, missed 0 events",
    ]


def test_handler_that_can_be_closed_is_left_to_whoever_made_it(caplog):
    stream = io.StringIO()
    progress = Progress(1, 0, stream)
    one_bus = Bus([Subscription(progress)])
    one_bus.publish(event())
    one_bus.close()
    assert "1/1 batches" in stream.getvalue()
    assert caplog.messages == []
