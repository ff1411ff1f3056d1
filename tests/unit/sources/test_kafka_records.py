"""The keys of the records of Kafka's messages."""

from types import SimpleNamespace

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.kafka_closed import EventTimes
from airflow_unifyweaver.sources.kafka_records import RecordKeys
from airflow_unifyweaver.sources.windows import Windows

TOPIC = SimpleNamespace(place=lambda partition, offset: f"topic t, partition {partition}, offset {offset}")


def message(value):
    properties = {"value": value, "partition": 1, "offset": 7, "timestamp": (1, 5_250)}
    return SimpleNamespace(**{name: lambda found=found: found for name, found in properties.items()})


def grouping(column, key_of=bytes):
    return Grouping("batch.batch_key", column, key_of, None, None)


def records(kind, value, column):
    return list(RecordKeys(kind, grouping(column)).records(TOPIC, message(value)))


def test_a_message_of_text_is_its_lines():
    assert records("text", b"a 1\nb 2", 2) == [(b"1", b"a 1\n"), (b"2", b"b 2\n")]


def test_a_message_of_json_is_one_value_or_unreadable():
    assert records("json", b'{"k":\n"a"}', "k") == [(b"a", b'{"k": "a"}\n')]
    assert records("json", b'{"k"', "k") == [(b"", b'{"k"\n')]
    assert records("json", None, "k") == []


@pytest.mark.parametrize(
    ("kind", "value", "column", "expected"),
    [
        ("json", b"[]", "k", "the record at byte 0 is no object, so it has no 'k' .*; cut batches by something else"),
        ("json", b'{"j": 1}', "k", "the record at byte 0 has no 'k'"),
        ("text", b"a 1\nb", 2, "the record at byte 4 has no column 2"),
    ],
)
def test_what_has_no_key_is_named_by_partition_and_offset(kind, value, column, expected):
    with pytest.raises(SourceError, match=f"^topic t, partition 1, offset 7: {expected}"):
        records(kind, value, column)


def test_what_is_not_json_happened_when_kafka_says():
    times = EventTimes("json", grouping("k", Windows(10).key))
    assert list(times.records(TOPIC, message(b"{"))) == [(5_000_000, 5_000_000, b"{\n")]
