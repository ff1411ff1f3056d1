"""The monitors of the runs that were looked at last, so that the next look need not begin anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.monitor.run_monitor import LOOK_SECONDS, RunMonitor
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan

MOST_RUNS = 128
"""So many runs are kept in mind at most; the list of runs, which looks at all that it shows, has fewer."""
MOST_BATCHES = 8_000_000
"""So many batches are kept in mind at most, of all runs together; each takes ten bytes."""


class Monitors:
    """Monitors by the directories of their runs; the ones that nobody looked at for longest are forgotten."""

    def __init__(self) -> None:
        self._monitors: OrderedDict[Path, RunMonitor] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def looking(self, run: RunDirectory, seconds: float = LOOK_SECONDS) -> Iterator[RunMonitor | None]:
        """Lend the monitor of a run, having read on; None when the run has no plan.

        :param run: the run.
        :param seconds: how long to read on at most; 0 to show only what is read already.
        """
        monitor = self._monitor(run)
        if monitor is None:
            yield None
            return
        looks = monitor.looks
        with monitor.lock:
            if seconds and monitor.looks == looks:  # else somebody else has read on while this one waited
                monitor.look(seconds)
            yield monitor

    def _monitor(self, run: RunDirectory) -> RunMonitor | None:
        plan = Plan.load(run)
        if plan is None:
            return None
        with self._lock:
            monitor = self._monitors.get(run.path)
            if monitor is None or not monitor.is_of(plan):
                monitor = RunMonitor(run, plan)
                self._monitors[run.path] = monitor
            monitor.plan = plan  # the backend may be another one since
            self._monitors.move_to_end(run.path)
            self._forget()
        return monitor

    def _forget(self) -> None:
        batches = sum(monitor.plan.batches for monitor in self._monitors.values())
        while len(self._monitors) > 1 and (len(self._monitors) > MOST_RUNS or batches > MOST_BATCHES):
            batches -= self._monitors.popitem(last=False)[1].plan.batches
