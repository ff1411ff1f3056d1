"""What one attempt at a batch may take of time and memory, and when its worker counts as stuck."""

from __future__ import annotations

import time
from collections import deque

from airflow_unifyweaver.backends.health import is_stopped, resident_bytes
from airflow_unifyweaver.backends.slots import Slot
from airflow_unifyweaver.run.backend import SlotSettings

MEDIAN_OF = 100
"""How many of the last attempts a timeout that is a multiple of their median goes by."""
MEDIAN_FROM = 5
"""How many attempts it takes to have a median at all."""
SHORTEST_TIMEOUT = 1.0
"""A timeout that comes of a median is never shorter, in seconds: short batches vary much."""
MEMORY_CHECK_SECONDS = 0.02
LIFE_CHECK_SECONDS = 5.0
STOPPED_SECONDS = 30.0
"""How long a worker may be stopped (by a signal or a debugger) before it is given up."""


class Limits:
    """Looks after slots at work.

    :param settings: the limits that the job sets.
    """

    def __init__(self, settings: SlotSettings) -> None:
        self._settings = settings
        self._times: deque[float] = deque(maxlen=MEDIAN_OF)
        self._stopped_since: dict[int, float] = {}

    def learn(self, seconds: float) -> None:
        """Take in how long an attempt took."""
        if self._settings.timeout_factor is not None:
            self._times.append(seconds)

    def patience(self, slot: Slot) -> float:
        """Return in how many seconds to look at a slot again that is at work."""
        waits = [LIFE_CHECK_SECONDS if self._settings.max_memory is None else MEMORY_CHECK_SECONDS]
        timeout = self.timeout()
        if timeout is not None:
            waits.append(slot.since + timeout - time.monotonic())
        return max(min(waits), 0.0)

    def overstepped(self, slot: Slot) -> str | None:
        """Return why a slot at work must be killed, or None when all is well."""
        return self._late(slot) or self._large(slot) or self._stuck(slot)

    def timeout(self) -> float | None:
        """Return how many seconds an attempt may take at present."""
        factor = self._settings.timeout_factor
        if factor is None:
            return self._settings.timeout
        if len(self._times) < MEDIAN_FROM:
            return None
        import statistics

        return max(factor * max(statistics.median(self._times), self._settings.target), SHORTEST_TIMEOUT)

    def _late(self, slot: Slot) -> str | None:
        timeout = self.timeout()
        if timeout is None or time.monotonic() - slot.since < timeout:
            return None
        return f"timed out after {timeout:.3g} s (retry.timeout); its worker was killed"

    def _large(self, slot: Slot) -> str | None:
        allowed = self._settings.max_memory
        if allowed is None or (used := resident_bytes(slot.pid)) <= allowed:
            return None
        return (
            f"its worker used {used / 1e6:.0f} MB of memory and was killed; batch.max_batch_memory allows "
            f"{allowed / 1e6:.0f} MB"
        )

    def _stuck(self, slot: Slot) -> str | None:
        if not is_stopped(slot.pid):
            self._stopped_since.pop(slot.pid, None)
            return None
        since = self._stopped_since.setdefault(slot.pid, time.monotonic())
        if time.monotonic() - since < STOPPED_SECONDS:
            return None
        return f"its worker was stopped for {STOPPED_SECONDS:g} s and was killed"
