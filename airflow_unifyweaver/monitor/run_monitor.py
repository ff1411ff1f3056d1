"""A run as it is looked at: its journals are read on a little with each look, never all at once."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from airflow_unifyweaver.monitor.journal_tail import JournalTail
from airflow_unifyweaver.monitor.statistics import RunStatistics
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lock import is_locked
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import MARKER

LOOK_SECONDS = 0.1
"""How long a look may read on; what was not reached is read with the next ones."""
QUIET_SECONDS = 15
"""After so long without an event a run counts as running only when somebody holds the lock on one of its shards."""


class RunMonitor:
    """Statistics of one run. Threads may share it.

    :param run: its directory.
    :param plan: its plan.
    """

    def __init__(self, run: RunDirectory, plan: Plan) -> None:
        self.run = run
        self.plan = plan
        self.job: dict[str, Any] = json.loads(run.job_file.read_bytes())["job"]
        self.lock = threading.RLock()
        self.looks = 0
        """How often journals were read on."""
        self._begin_anew()

    def is_of(self, plan: Plan) -> bool:
        """Tell whether a plan is still the one that this monitor goes by."""
        return (plan.source_digest, plan.job_digest, plan.shards) == (
            self.plan.source_digest,
            self.plan.job_digest,
            self.plan.shards,
        )

    def look(self, seconds: float = LOOK_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        """Read on for some time at most, a chunk of each journal in turn.

        :param seconds: how long.
        :param clock: tells the time, in seconds.
        """
        self.looks += 1
        deadline = clock() + seconds
        for tail in self._tails:
            tail.look()
        if any(tail.replaced for tail in self._tails):
            self._begin_anew()
            return
        waiting = deque(number for number, tail in enumerate(self._tails) if tail.behind)
        while waiting and clock() < deadline:
            shard = waiting.popleft()
            for event in self._tails[shard].read():
                self.statistics.apply(shard, event)
            if self._tails[shard].behind:
                waiting.append(shard)

    @property
    def read(self) -> tuple[int, int]:
        """How many bytes of the journals are read, and how many there are."""
        return sum(tail.offset for tail in self._tails), sum(tail.size for tail in self._tails)

    @property
    def is_published(self) -> bool:
        """Whether the result is in place."""
        return (self.run.result / MARKER).exists()

    def state(self, now: float) -> str:
        """Return where the run stands, in a word.

        Failure is not told in journals: a run has failed when nobody works on it and a batch's last attempt failed.
        """
        read, size = self.read
        finished = len(self.statistics.finished) == len(self.plan.shards)
        if self.is_published and (finished or read < size):
            return "published"
        if self._is_running(now):
            return "running"
        if finished:
            return "finished"
        if read < size or not size:
            return "reading" if size else "planned"
        return "failed" if self.statistics.table.counts(0, self.plan.batches)["failed"] else "stopped"

    def _begin_anew(self) -> None:
        self._tails = [JournalTail(self.run.shard(number).journal) for number in range(len(self.plan.shards))]
        shortens = self.job.get("failure", {}).get("quarantine") == "record"
        self.statistics = RunStatistics(self.plan, shortens=shortens)

    def _is_running(self, now: float) -> bool:
        unfinished = (number for number in range(len(self.plan.shards)) if number not in self.statistics.finished)
        recent = now - self.statistics.total.end < QUIET_SECONDS
        return any(recent or is_locked(self.run.shard(number).lock) for number in unfinished)
