"""The log handler."""

import logging

from airflow_unifyweaver.events.handlers.log import log_event
from airflow_unifyweaver.events.schema import Event, EventType


def event(event_type, **payload):
    return Event(event_type, "test", "batch_00001", payload, "run", 2, 1)


def test_log_event_names_batch_attempt_and_error(caplog):
    log_event(event(EventType.BATCH_FAILED, error="exit code 3"))
    assert caplog.records[0].levelno == logging.WARNING
    assert caplog.messages == ["batch_00001 failed in attempt 1: exit code 3"]


def test_log_event_of_a_degraded_backend(caplog):
    log_event(event(EventType.BACKEND_DEGRADED, requested="gnu_parallel", chosen="bash_fork", reason="not installed"))
    assert caplog.messages == ["gnu_parallel: not installed; using bash_fork"]


def test_log_event_of_a_finished_shard(caplog):
    caplog.set_level(logging.INFO)
    summary = {"batches": 4, "completed": 3, "failed": 1, "results_count": 9, "processing_time_ms": 1500.0}
    log_event(event(EventType.BATCHES_COMPLETE, **summary))
    assert caplog.messages == ["shard 2: 3 of 4 batches done, 9 results, 1 failed, 1.5 s"]
