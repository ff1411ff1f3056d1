"""The bus delivers, and no handler can hold up whoever publishes."""

import threading
import time

import pytest

from airflow_unifyweaver.events import bus
from airflow_unifyweaver.events.bus import Bus, Subscription
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
    assert "event handler stuck: raised 0 times, missed 2 events" in caplog.text


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
