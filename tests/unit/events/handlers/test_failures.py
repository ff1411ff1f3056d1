"""The failure handler."""

from airflow_unifyweaver.events.handlers.failures import FailureSummary, causes
from airflow_unifyweaver.events.schema import Event, EventType


def hear(summary, *events):
    for event_type, batch, error in events:
        summary(Event(event_type, "test", batch, {"error": error}, "run", 2, 1))


def test_the_summary_groups_batches_by_cause(caplog):
    summary = FailureSummary()
    failed = [(EventType.BATCH_FAILED, f"batch_{number:05d}", "exit code 3") for number in range(5)]
    hear(summary, (EventType.BATCH_FAILED, "batch_00009", "timeout"), *failed)
    summary.report(2)
    (message,) = caplog.messages
    assert message.splitlines() == [
        "shard 2: 6 batches failed:",
        "  5 x exit code 3 (batch_00000, batch_00001, batch_00002 and 2 more)",
        "  1 x timeout (batch_00009)",
    ]


def test_a_batch_that_is_committed_after_all_is_no_failure(caplog):
    summary = FailureSummary()
    hear(summary, (EventType.BATCH_FAILED, "batch_00000", "no"), (EventType.BATCH_COMPLETE, "batch_00000", None))
    summary.report(2)
    assert not caplog.messages


def test_a_batch_counts_once_and_with_its_last_cause(caplog):
    summary = FailureSummary()
    hear(summary, *((EventType.BATCH_FAILED, "batch_00000", error) for error in ("first", "second")))
    summary.report(2)
    assert caplog.messages == ["shard 2: 1 batch failed:\n  1 x second (batch_00000)"]


def test_rare_causes_are_counted_together():
    lines = causes({f"batch_{number:05d}": f"error {number}" for number in range(13)})
    assert len(lines) == 11
    assert lines[-1] == "3 x other errors"
