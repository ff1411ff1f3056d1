"""Batch events to a real RabbitMQ, which is also killed and restarted."""

import pytest
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_rabbitmq_event
from sent_events import EVENT, GatedRun, check_arrived

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.handlers.rabbitmq import RabbitmqPublisher
from airflow_unifyweaver.events.schema import EventType

QUEUE, EXCHANGE = "batches", "events"


@pytest.fixture
def broker(rabbitmq, monkeypatch):
    """The broker, with an empty queue; the variable BROKER has its address."""
    monkeypatch.setenv("BROKER", rabbitmq.url)
    with rabbitmq.channel() as channel:
        channel.queue_declare(QUEUE, durable=True)
        channel.queue_purge(QUEUE)
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
    return rabbitmq


def received(broker, queue=QUEUE):
    """Take all messages out of the queue, each with its properties."""
    found = []
    with broker.channel() as channel:
        while (got := channel.basic_get(queue, auto_ack=True))[0] is not None:
            found.append(got)
    return found


def envelopes(messages):
    return [
        from_rabbitmq_event(RabbitMQMessage(properties.headers or {}, properties.content_type, body))
        for _, properties, body in messages
    ]


def handler(**place):
    return {"rabbitmq": {"url_from_env": "BROKER", **place}}


def test_all_events_of_a_run_arrive_in_their_envelope(broker, tmp_path):
    run = GatedRun(tmp_path, handler(queue=QUEUE))
    assert "rabbitmq" not in run.finish()
    messages = received(broker)
    assert {event.event_type for event in run.events()} == set(EventType) - {EventType.BACKEND_DEGRADED}
    check_arrived(envelopes(messages), run.events())
    assert {properties.delivery_mode for _, properties, _ in messages} == {2}
    assert [properties.message_id for _, properties, _ in messages] == [one.get_id() for one in envelopes(messages)]


def test_events_of_a_batch_arrive_in_order(broker, tmp_path):
    run = GatedRun(tmp_path, handler(queue=QUEUE))
    run.finish()
    arrived = [one.get_type() for one in envelopes(received(broker)) if one.get_subject() == "batch_00001"]
    first = ["batch_ready", "batch_claimed", "batch_started", "batch_failed"]
    assert arrived == [f"unifyweaver.{name}" for name in [*first, *first]]


def test_a_broker_that_is_restarted_gets_everything(broker, tmp_path):
    run = GatedRun(tmp_path, handler(queue=QUEUE))
    run.open(0)
    broker.settle()
    broker.kill("broker")
    run.open(1, 2)
    broker.restart("broker")
    run.open(3)
    said = run.finish()
    # what the broker had when it was killed before it could confirm it comes once more, with the same id
    arrived = {envelope.get_id(): envelope for envelope in envelopes(received(broker))}
    check_arrived(list(arrived.values()), run.events())
    assert said.count("event handler rabbitmq batches") == said.count("; trying for 60 s") == 1


def test_a_run_goes_on_without_the_broker_and_says_so_once(broker, tmp_path):
    broker.kill("broker")
    run = GatedRun(tmp_path, handler(queue=QUEUE))
    lines = [line for line in run.finish().splitlines() if "rabbitmq batches" in line]
    assert len(lines) == 3, lines
    assert lines[0].endswith("event handler rabbitmq batches: Connection refused; trying for 60 s")
    assert lines[1].endswith("event handler rabbitmq batches is still busy; it is left behind")
    assert lines[2].endswith(f"event handler rabbitmq batches: raised 0 times, missed {len(run.events())} events")


def test_an_exchange_tells_events_apart_by_their_type(broker):
    with broker.channel() as channel:
        channel.queue_declare("failures")
        channel.queue_purge("failures")
        channel.queue_bind("failures", EXCHANGE, "batch_failed.#")
    publisher = RabbitmqPublisher(broker.url, None, EXCHANGE, "a.job")
    publisher(EVENT)
    publisher(EVENT.__class__("batch_started", "worker.0", "batch_00001", {}, "run", 2, 1))  # no queue wants it
    publisher.settle(1)
    ((method, _, _),) = received(broker, "failures")
    assert method.routing_key == "batch_failed.a.job"


@pytest.mark.parametrize(
    ("queue", "exchange", "expected"),
    [
        ("nowhere", None, "event handler rabbitmq nowhere raised UnroutableError"),
        (None, "nowhere", "NOT_FOUND - no exchange 'nowhere'"),
    ],
)
def test_a_place_that_is_not_there_is_named(broker, caplog, queue, exchange, expected):
    publisher = RabbitmqPublisher(broker.url, queue, exchange, "lines")
    bus = Bus([Subscription(publisher, name=publisher.name)])
    bus.publish(EVENT)
    bus.publish(EVENT)
    bus.close()
    assert expected in caplog.messages[0]
    assert caplog.messages[1] == "event handler rabbitmq nowhere: raised 2 times, missed 0 events"


def test_a_password_that_is_refused_is_shown_nowhere(broker, caplog):
    publisher = RabbitmqPublisher(broker.url.replace("guest:guest", "guest:hidden"), QUEUE, None, "lines")
    bus = Bus([Subscription(publisher, name=publisher.name)])
    bus.publish(EVENT)
    bus.close()
    assert "ACCESS_REFUSED" in caplog.text
    assert "hidden" not in caplog.text


def test_a_connection_that_the_broker_closed_is_opened_again(broker):
    publisher = RabbitmqPublisher(broker.url, QUEUE, None, "lines")
    publisher(EVENT)
    broker.restart("broker")
    publisher(EVENT)
    publisher.settle(1)
    first, second = envelopes(received(broker))
    assert first.get_id() == second.get_id()
