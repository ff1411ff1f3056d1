"""What brokers say of single partitions."""

import time
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import kafka_topic
from airflow_unifyweaver.sources.kafka_topic import Topic


@pytest.fixture
def topic():
    with Topic({"bootstrap.servers": "127.0.0.1:1"}, "t", "g") as opened:
        yield opened


@pytest.mark.parametrize("ask", [lambda topic: topic.committed([0, 1]), lambda topic: topic.at_time(1, {0: 5, 1: 5})])
def test_a_partition_that_nothing_is_known_of_is_not_taken_for_one_that_has_nothing(topic, ask):
    # no broker can be made to answer so: the client's own objects stand for the answer
    consumer = topic.consumer
    known = SimpleNamespace(partition=0, offset=3, error=None)
    unknown = SimpleNamespace(partition=1, offset=-1001, error=KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    answer = lambda *_, **__: [known, unknown]  # noqa: E731
    topic.consumer = SimpleNamespace(committed=answer, offsets_for_times=answer, close=consumer.close)
    with pytest.raises(SourceError, match=r"^source: Kafka at 127.0.0.1:1: .*[Aa]uthorization failed; check that"):
        ask(topic)


def test_a_leader_that_has_just_changed_is_asked_again(topic):
    consumer = topic.consumer
    answers = [KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)), (3, 8)]

    def answer(*_, **__):
        if isinstance(found := answers.pop(0), KafkaException):
            raise found
        return found

    topic.consumer = SimpleNamespace(get_watermark_offsets=answer, close=consumer.close)
    assert topic.watermarks(0) == (3, 8)


def test_a_broker_that_answers_nothing_but_errors_is_given_up(topic, monkeypatch):
    monkeypatch.setattr(kafka_topic, "SILENT_SECONDS", 0.2)
    consumer, began = topic.consumer, time.monotonic()
    passing = SimpleNamespace(error=lambda: KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))

    def answer(*_):
        assert time.monotonic() - began < 10, "it is waited for without an end"
        return [passing]

    topic.consumer = SimpleNamespace(assign=lambda _: None, consume=answer, close=consumer.close)
    with pytest.raises(SourceError, match=r"^topic t, partition 0, offset 3: no message came in 0 s, though there are"):
        list(topic.messages(0, 3, 8))
