"""What a person should see of a run, in the log."""

from __future__ import annotations

import logging

from airflow_unifyweaver.events.schema import Event, EventType

log = logging.getLogger("airflow_unifyweaver.batches")

LOG_TOPICS = (EventType.BATCH_FAILED, EventType.BATCHES_COMPLETE, EventType.BACKEND_DEGRADED)


def log_event(event: Event) -> None:
    """Log failures and degradation as warnings, finished shards as information."""
    if event.event_type == EventType.BATCH_FAILED:
        log.warning("%s failed in attempt %d: %s", event.batch_id, event.attempt, event.payload["error"])
    elif event.event_type == EventType.BACKEND_DEGRADED:
        log.warning("%(requested)s: %(reason)s; using %(chosen)s", event.payload)
    else:
        log.info(
            "shard %d: %d of %d batches done, %d results, %d failed, %.1f s",
            event.shard,
            event.payload["completed"],
            event.payload["batches"],
            event.payload["results_count"],
            event.payload["failed"],
            event.payload["processing_time_ms"] / 1000,
        )
