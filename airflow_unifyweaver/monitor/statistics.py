"""The statistics of a run, or of a part of it, and how events change them."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.batch_table import FAILED, BatchTable
from airflow_unifyweaver.monitor.failure_log import FailureLog
from airflow_unifyweaver.monitor.journal_tail import JournalEvent
from airflow_unifyweaver.monitor.latency import Latency
from airflow_unifyweaver.monitor.resumes import ResumeHistory
from airflow_unifyweaver.monitor.throughput import Throughput
from airflow_unifyweaver.monitor.workers import Workers
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import PIECES, QUARANTINED


class Totals:
    """What was done in a run, or in the part of it that one mapped task instance works on."""

    def __init__(self) -> None:
        self.latency = Latency()
        self.throughput = Throughput()
        self.results = 0
        self.retries = 0
        self.failed_attempts = 0
        self.causes: Counter[str] = Counter()
        self.memory_mb = 0.0
        self.begin = math.inf
        self.end = 0.0

    def claim(self, event: JournalEvent) -> None:
        """Take in that a worker slot has the lease on a batch."""
        self._touch(event)
        self.retries += event.attempt > 1

    def commit(self, event: JournalEvent) -> None:
        """Take in that a batch is committed."""
        self._touch(event)
        payload = event.payload
        self.results += payload["results_count"]
        self.memory_mb = max(self.memory_mb, payload["memory_mb"])
        self.latency.add(payload["processing_time_ms"])
        self.throughput.add(event.time, done=payload.get(PIECES, 1))

    def fail(self, event: JournalEvent, cause: str) -> None:
        """Take in that an attempt failed.

        :param cause: why, as it is counted.
        """
        self._touch(event)
        self.failed_attempts += 1
        self.causes[cause] += 1
        self.throughput.add(event.time, failed=1)

    def to_dict(self, now: float) -> dict[str, Any]:
        """Return the statistics but for the causes of failures, which tell what was in the data.

        :param now: seconds since 1970.
        """
        begun = self.begin if self.end else None
        return {
            "begin": begun,
            "end": self.end or None,
            "rate": self.throughput.rate(now, begun),
            "results": self.results,
            "retries": self.retries,
            "failed_attempts": self.failed_attempts,
            "memory_mb": self.memory_mb,
            "latency": self.latency.to_dict(),
            "throughput": self.throughput.to_dict(),
        }

    def _touch(self, event: JournalEvent) -> None:
        self.begin = min(self.begin, event.time)
        self.end = max(self.end, event.time)


class RunStatistics:
    """The statistics of a whole run and of each of its parts.

    :param plan: the run's plan.
    :param shortens: whether batches are tried once more without the records that fail, after they failed for good.
    """

    def __init__(self, plan: Plan, *, shortens: bool) -> None:
        self.table = BatchTable(plan.batches, adaptive=plan.adaptive)
        self.failures = FailureLog()
        self.workers = Workers()
        self.resumes = ResumeHistory()
        self.total = Totals()
        self.parts = [Totals() for _ in plan.tasks]
        self.finished: set[int] = set()
        self.quarantined: dict[int, int] = {}
        self._part_of = [part for part, first in enumerate(plan.tasks) for _ in plan.task_shards(first)]
        self._shortens = shortens

    def apply(self, shard: int, event: JournalEvent) -> None:
        """Take in an event of a shard's journal."""
        again = event.kind == EventType.BATCH_CLAIMED and self._had_failed(event.batch)
        self.resumes.apply(shard, event, again=again)
        self.workers.apply(shard, event)
        if event.kind == EventType.BATCHES_COMPLETE:
            self.finished.add(shard)
        if event.batch < 0:
            return
        counted = self.table.apply(event)
        if event.kind == EventType.BATCH_FAILED:
            self._fail(shard, event)
        elif counted:
            self._go_on(shard, event)

    def _go_on(self, shard: int, event: JournalEvent) -> None:
        totals = (self.total, self.parts[self._part_of[shard]])
        if event.kind == EventType.BATCH_CLAIMED:
            self.finished.discard(shard)
            for one in totals:
                one.claim(event)
        elif event.kind == EventType.BATCH_COMPLETE:
            for one in totals:
                one.commit(event)
            if QUARANTINED in event.payload:
                self.quarantined[event.batch] = len(event.payload[QUARANTINED])

    def _fail(self, shard: int, event: JournalEvent) -> None:
        cause = self.failures.add(shard, event)
        self.workers.release(shard, event.batch)
        self.quarantined.pop(event.batch, None)
        for one in (self.total, self.parts[self._part_of[shard]]):
            one.fail(event, cause)

    def _had_failed(self, index: int) -> bool:
        return not self._shortens and 0 <= index < len(self.table) and self.table.states[index] == FAILED
