"""The envelope of events for brokers."""

import pytest

from airflow_unifyweaver.events.handlers.cloud_event import cloud_event, needs_extra
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError

FAILED = Event("batch_failed", "worker.0", "batch_00001", {"error": "e", "retry_count": 0}, "manual__1+00:00", 2, 1)
COMPLETE = Event("batches_complete", "coordinator", None, {"batches": 4}, "run", 2)


def test_an_event_that_is_read_again_has_the_same_id():
    assert cloud_event(Event.from_line(FAILED.to_line()), "j").get_id() == cloud_event(FAILED, "j").get_id()
    assert cloud_event(FAILED, "other").get_id() != cloud_event(FAILED, "j").get_id()


def test_the_source_is_a_path_whatever_a_run_is_called():
    assert cloud_event(FAILED, "j").get_source() == "/unifyweaver/j/manual__1%2B00%3A00/2"


def test_an_event_of_a_whole_shard_has_no_subject():
    assert cloud_event(FAILED, "j").get_subject() == "batch_00001"
    assert "subject" not in cloud_event(COMPLETE, "j").get_attributes()


def test_an_extra_that_is_missing_is_named():
    with pytest.raises(JobError) as caught, needs_extra("kafka"):
        import no_such_library  # noqa: F401
    assert str(caught.value) == (
        "on_event: kafka needs no_such_library, which is not installed; pip install 'airflow-unifyweaver[kafka]'"
    )
