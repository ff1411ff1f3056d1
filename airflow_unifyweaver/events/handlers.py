"""Built-in event handlers: log, progress with ETA, metrics."""

from __future__ import annotations

import logging
import time
from typing import Protocol, TextIO

from airflow_unifyweaver.events.schema import Event, EventType

log = logging.getLogger("airflow_unifyweaver.batches")

LOG_TOPICS = (EventType.BATCH_FAILED, EventType.BATCHES_COMPLETE, EventType.BACKEND_DEGRADED)
PROGRESS_TOPICS = (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED, EventType.BATCHES_COMPLETE)
METRICS_TOPICS = (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED)


def log_event(event: Event) -> None:
    """Log what a person should see: failures and degradation as warnings, finished shards as information."""
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


class Progress:
    """Shows a line with batches done, rate and estimated time left.

    :param total: number of batches in the run.
    :param done: how many of them were committed before.
    :param stream: a terminal.
    """

    INTERVAL_SECONDS = 0.1

    def __init__(self, total: int, done: int, stream: TextIO) -> None:
        self._total = total
        self._done = done
        self._done_before = done
        self._failed = 0
        self._stream = stream
        self._started = time.monotonic()
        self._shown = 0.0

    def __call__(self, event: Event) -> None:
        """Count an event, and redraw the line when it is time to."""
        if event.event_type == EventType.BATCH_COMPLETE:
            self._done += 1
        elif event.event_type == EventType.BATCH_FAILED:
            self._failed += 1
        now = time.monotonic()
        if now - self._shown >= self.INTERVAL_SECONDS or self._done == self._total:
            self._shown = now
            self._stream.write("\r" + self.line(now - self._started) + "\x1b[K")
            self._stream.flush()

    def line(self, elapsed: float) -> str:
        """Return the line to show after so many seconds."""
        rate = (self._done - self._done_before) / elapsed if elapsed > 0 else 0.0
        left = f"{(self._total - self._done) / rate:.0f} s left" if rate else "no estimate yet"
        failures = f", {self._failed} failed attempts" if self._failed else ""
        share = self._done / self._total if self._total else 1.0
        return f"{self._done}/{self._total} batches ({share:.0%}), {rate:.1f}/s, {left}{failures}"

    def close(self) -> None:
        """Leave the line behind."""
        if self._shown:
            self._stream.write("\n")


class Stats(Protocol):
    """The part of a StatsD-like client that metrics need; ``airflow.sdk.observability.stats`` has it."""

    def incr(self, stat: str, count: int = 1) -> None:
        """Add to a counter."""

    def timing(self, stat: str, dt: float) -> None:
        """Record a duration in milliseconds."""


class Metrics:
    """Turns batch events into counters and timings.

    :param stats: where they go.
    :param prefix: first part of every metric's name.
    """

    def __init__(self, stats: Stats, prefix: str) -> None:
        self._stats = stats
        self._prefix = prefix

    def __call__(self, event: Event) -> None:
        """Count the event; a committed batch also reports its results and its time."""
        self._stats.incr(f"{self._prefix}.{event.event_type}")
        if event.event_type == EventType.BATCH_COMPLETE:
            self._stats.incr(f"{self._prefix}.results", event.payload["results_count"])
            self._stats.timing(f"{self._prefix}.batch_time", event.payload["processing_time_ms"])
