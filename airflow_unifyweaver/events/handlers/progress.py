"""Progress with an estimate of the time left, on a terminal."""

from __future__ import annotations

import time
from typing import TextIO

from airflow_unifyweaver.events.schema import Event, EventType

PROGRESS_TOPICS = (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED, EventType.BATCHES_COMPLETE)


class Progress:
    """Shows a line with batches done, rate and estimated time left.

    :param total: number of batches in the plan of the run.
    :param done: how many of them were committed before.
    :param stream: a terminal.
    :param unit: what the plan consists of: batches, or the pieces that these are made of.
    """

    INTERVAL_SECONDS = 0.1

    def __init__(self, total: int, done: int, stream: TextIO, unit: str = "batches") -> None:
        self._total = total
        self._unit = unit
        self._done = done
        self._done_before = done
        self._failed = 0
        self._stream = stream
        self._started = time.monotonic()
        self._shown = 0.0

    def __call__(self, event: Event) -> None:
        """Count an event, and redraw the line when it is time to."""
        if event.event_type == EventType.BATCH_COMPLETE:
            self._done += event.payload.get("pieces", 1)
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
        return f"{self._done}/{self._total} {self._unit} ({share:.0%}), {rate:.1f}/s, {left}{failures}"

    def close(self) -> None:
        """Leave the line behind."""
        if self._shown:
            self._stream.write("\n")
