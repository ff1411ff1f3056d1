"""The metrics handler."""

from airflow_unifyweaver.events.handlers.metrics import Metrics
from airflow_unifyweaver.events.schema import Event, EventType


class RecordingStats:
    def __init__(self):
        self.calls = []

    def incr(self, stat, count=1, *, tags=None):
        self.calls.append((stat, count, tags))

    def timing(self, stat, dt, *, tags=None):
        self.calls.append((stat, dt, tags))


def event(event_type, **payload):
    return Event(event_type, "test", "batch_00001", payload, "run", 2, 1)


def test_metrics_count_batches_results_and_time():
    stats, tags = RecordingStats(), {"dag_id": "some_dag"}
    metrics = Metrics(stats, "unifyweaver", tags)
    metrics(event(EventType.BATCH_COMPLETE, results_count=5, processing_time_ms=2.5))
    metrics(event(EventType.BATCH_FAILED, error="no"))
    assert stats.calls == [
        ("unifyweaver.batch_complete", 1, tags),
        ("unifyweaver.results", 5, tags),
        ("unifyweaver.batch_time", 2.5, tags),
        ("unifyweaver.batch_failed", 1, tags),
    ]
