"""Batches as counters and timings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from airflow_unifyweaver.events.schema import Event, EventType

METRICS_TOPICS = (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED)


class Stats(Protocol):
    """The part of a StatsD-like client that metrics need; ``airflow.sdk.observability.stats`` has it."""

    def incr(self, stat: str, count: int = 1, *, tags: dict[str, Any] | None = None) -> None:
        """Add to a counter."""

    def timing(self, stat: str, dt: float, *, tags: dict[str, Any] | None = None) -> None:
        """Record a duration in milliseconds."""


class Metrics:
    """Turns batch events into counters and timings.

    :param stats: where they go.
    :param prefix: first part of every metric's name.
    :param tags: go with every metric, where what receives them knows tags.
    """

    def __init__(self, stats: Stats, prefix: str, tags: Mapping[str, str]) -> None:
        self._stats = stats
        self._prefix = prefix
        self._tags = dict(tags)

    def __call__(self, event: Event) -> None:
        """Count the event; a committed batch also reports its results and its time."""
        self._stats.incr(f"{self._prefix}.{event.event_type}", tags=self._tags)
        if event.event_type == EventType.BATCH_COMPLETE:
            self._stats.incr(f"{self._prefix}.results", event.payload["results_count"], tags=self._tags)
            self._stats.timing(f"{self._prefix}.batch_time", event.payload["processing_time_ms"], tags=self._tags)
