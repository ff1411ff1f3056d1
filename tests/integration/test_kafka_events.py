"""Batch events to a real Kafka, which is also killed and restarted."""

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from sent_events import EVENT, GatedRun, check_arrived

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.handlers.kafka import KafkaPublisher

PARTITIONS = 3


@pytest.fixture
def topic(kafka, request):
    """A topic of its own for each test."""
    name = f"events-{request.node.name}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    for made in admin.create_topics([NewTopic(name, PARTITIONS)]).values():
        made.result()
    return name


def received(kafka, topic):
    """Return all messages of a topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "tests"})
    messages = []
    try:
        for number in range(PARTITIONS):
            partition = TopicPartition(topic, number)
            first, end = consumer.get_watermark_offsets(partition, timeout=30)
            consumer.assign([TopicPartition(topic, number, first)])
            messages += consumer.consume(end - first, timeout=30) if end > first else []
    finally:
        consumer.close()
    return messages


def envelopes(messages):
    return [
        from_kafka_event(KafkaMessage(dict(message.headers()), message.key(), message.value())) for message in messages
    ]


def handler(kafka, topic):
    return {"kafka": {"bootstrap_servers": kafka.bootstrap_servers, "topic": topic}}


def test_all_events_of_a_run_arrive_in_their_envelope_and_in_order(kafka, topic, tmp_path):
    run = GatedRun(tmp_path, handler(kafka, topic))
    assert "kafka" not in run.finish()
    messages = received(kafka, topic)
    check_arrived(envelopes(messages), run.events())
    assert {(message.key(), message.partition()) for message in messages} == {
        (b"/unifyweaver/lines/run/0", messages[0].partition())
    }
    assert dict(messages[0].headers()) == {"content-type": b"application/cloudevents+json"}
    arrived = [one.get_type() for one in envelopes(messages) if one.get_subject() == "batch_00001"]
    first = ["batch_ready", "batch_claimed", "batch_started", "batch_failed"]
    assert arrived == [f"unifyweaver.{name}" for name in [*first, *first]]


def test_a_broker_that_is_restarted_gets_everything_once(kafka, topic, tmp_path):
    run = GatedRun(tmp_path, handler(kafka, topic))
    run.open(0)
    kafka.kill("broker")
    run.open(1, 2)
    kafka.restart("broker")
    run.open(3)
    said = run.finish()
    check_arrived(envelopes(received(kafka, topic)), run.events())
    assert said.count(f"event handler kafka {topic}") <= 1


def test_a_run_goes_on_without_the_broker_and_says_so_once(kafka, tmp_path):
    kafka.kill("broker")
    run = GatedRun(tmp_path, handler(kafka, "anywhere"))
    lines = [line for line in run.finish().splitlines() if "kafka" in line]
    assert len(lines) == 2, lines
    assert "event handler kafka anywhere: " in lines[0]
    assert "Connection refused" in lines[0]
    assert lines[1].endswith(f"event handler kafka anywhere: raised 0 times, missed {len(run.events())} events")


def published(publisher, *events):
    bus = Bus([Subscription(publisher, name=publisher.name)])
    for event in events:
        bus.publish(event)
    bus.close()


def test_a_topic_that_is_not_there_is_named(kafka, caplog):
    published(KafkaPublisher({"bootstrap.servers": kafka.bootstrap_servers}, "nowhere", "lines"), EVENT, EVENT)
    assert caplog.messages == [
        "event handler kafka nowhere: Broker: Unknown topic or partition",
        "event handler kafka nowhere: raised 0 times, missed 2 events",
    ]


def test_a_wrong_configuration_is_reported_and_shows_no_secret(kafka, caplog):
    config = {"bootstrap.servers": kafka.bootstrap_servers, "sasl.password": "hidden", "no.such.property": "x"}
    published(KafkaPublisher(config, "anywhere", "lines"), EVENT, EVENT)
    assert 'No such configuration property: "no.such.property"' in caplog.text
    assert "event handler kafka anywhere: raised 2 times, missed 0 events" in caplog.text
    assert "hidden" not in caplog.text


def test_an_event_that_is_sent_again_has_the_same_id(kafka, topic):
    publisher = KafkaPublisher({"bootstrap.servers": kafka.bootstrap_servers}, topic, "lines")
    published(publisher, EVENT, EVENT)
    first, second = envelopes(received(kafka, topic))
    assert first.get_id() == second.get_id()
