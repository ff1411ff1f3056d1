"""A column to cut by has to be one that the source's records have."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob

TEXT = {"type": "text", "path": "a"}
CSV = {"type": "csv", "path": "a"}
AWK = {"type": "awk", "path": "a", "program": "1"}
COMMAND = {"type": "command", "command": "ls"}
NO_COLUMNS = "has no columns to cut by; leave it out, or cut by batch_size or batch_bytes"
BY_NAME = "its columns have no names; give the number of one, from 1"


def job(source, batch):
    return BatchJob.from_dict({"name": "x", "source": source, "batch": batch, "work": {"command": "cat"}})


@pytest.mark.parametrize("source", [TEXT, CSV, AWK, COMMAND], ids=lambda source: source["type"])
def test_records_that_have_columns_are_cut_by_their_number(source):
    assert job(source, {"batch_key": 2}).batch.columns() == {"batch.batch_key": 2}
    window = {"seconds": 5, "column": 2}
    assert job(source, {"batch_window": window}).batch.columns() == {"batch.batch_window.column": 2}


def test_rows_are_cut_by_name():
    job(CSV, {"batch_key": "city"})


@pytest.mark.parametrize(
    ("source", "batch", "message"),
    [
        (TEXT, {"batch_key": "city"}, f"batch.batch_key: got 'city' with source.type text: {BY_NAME}"),
        (AWK, {"batch_key": "city"}, f"batch.batch_key: got 'city' with source.type awk: {BY_NAME}"),
        (
            TEXT,
            {"batch_window": {"seconds": 5, "column": "time"}},
            f"batch.batch_window.column: got 'time' with source.type text: {BY_NAME}",
        ),
        (
            CSV,
            {"batch_window": {"seconds": 5}},
            "batch.batch_window.column: required field is missing with source.type csv",
        ),
        (
            {**AWK, "stateless": True},
            {"batch_key": 1},
            f"batch.batch_key: source.type awk that is stateless {NO_COLUMNS}",
        ),
    ],
)
def test_other_columns_are_refused(source, batch, message):
    with pytest.raises(JobError) as caught:
        job(source, batch)
    assert str(caught.value) == message


def test_messages_have_a_time_of_their_own():
    stream = {"type": "kafka", "bootstrap_servers": "a:1", "topic": "t"}
    assert job(stream, {"batch_window": {"seconds": 5}}).batch.batch_window.column is None
    with pytest.raises(JobError, match=r"got 'at' with source.type kafka: its columns have no names"):
        job(stream, {"batch_window": {"seconds": 5, "column": "at"}})
    job(stream | {"format": "json"}, {"batch_window": {"seconds": 5, "column": "at"}})


LATE = {"batch_window": {"seconds": 5, "column": 1, "lateness": 0}}


def test_messages_of_kafka_are_waited_for():
    window = job({"type": "kafka", "bootstrap_servers": "a:1", "topic": "t"}, LATE).batch.batch_window
    assert window.lateness == 0


@pytest.mark.parametrize("source", [TEXT, CSV, {"type": "rabbitmq", "url": "amqp://mq", "queue": "q"}])
def test_what_is_taken_as_a_whole_is_not_waited_for(source):
    with pytest.raises(JobError) as caught:
        job(source, LATE)
    assert str(caught.value) == (
        f"batch.batch_window.lateness: a run takes all that source.type {source['type']} has, and leaves nothing for "
        "later; leave it out"
    )
