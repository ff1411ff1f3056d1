"""Built-in handlers."""

import io
import logging

from airflow_unifyweaver.events.handlers import Metrics, Progress, log_event
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


def test_progress_shows_share_rate_and_time_left():
    progress = Progress(total=10, done=2, stream=io.StringIO())
    for _ in range(4):
        progress(event(EventType.BATCH_COMPLETE))
    assert progress.line(2.0) == "6/10 batches (60%), 2.0/s, 2 s left"


def test_progress_before_anything_happened_gives_no_estimate():
    progress = Progress(total=10, done=0, stream=io.StringIO())
    progress(event(EventType.BATCH_FAILED))
    assert progress.line(1.0) == "0/10 batches (0%), 0.0/s, no estimate yet, 1 failed attempts"


def test_progress_of_an_empty_run():
    assert Progress(total=0, done=0, stream=io.StringIO()).line(1.0).startswith("0/0 batches (100%)")


def test_progress_ends_its_line():
    stream = io.StringIO()
    progress = Progress(total=1, done=0, stream=stream)
    progress(event(EventType.BATCH_COMPLETE))
    progress.close()
    assert stream.getvalue().startswith("\r1/1 batches (100%)")
    assert stream.getvalue().endswith("\n")


class RecordingStats:
    def __init__(self):
        self.calls = []

    def incr(self, stat, count=1):
        self.calls.append((stat, count))

    def timing(self, stat, dt):
        self.calls.append((stat, dt))


def test_metrics_count_batches_results_and_time():
    stats = RecordingStats()
    metrics = Metrics(stats, "unifyweaver.job")
    metrics(event(EventType.BATCH_COMPLETE, results_count=5, processing_time_ms=2.5))
    metrics(event(EventType.BATCH_FAILED, error="no"))
    assert stats.calls == [
        ("unifyweaver.job.batch_complete", 1),
        ("unifyweaver.job.results", 5),
        ("unifyweaver.job.batch_time", 2.5),
        ("unifyweaver.job.batch_failed", 1),
    ]
