"""The coordinator: leads the batches of one shard through a backend until each is committed or has failed for good."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from airflow_unifyweaver import words
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.run.backend import Backend, Report, Ticket, WorkerLost
from airflow_unifyweaver.run.directory import ShardDirectory, batch_id, batch_index
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.retry import RetryPolicy
from airflow_unifyweaver.run.state import DECISIONS, ShardState
from airflow_unifyweaver.run.worker import failure

SOURCE = "coordinator"


@dataclass(frozen=True)
class ShardSummary:
    """What came of a shard.

    :param batches: how many it has.
    :param completed: how many are committed.
    :param failed: how many failed for good.
    :param results: how many results are committed.
    """

    batches: int
    completed: int
    failed: int
    results: int


class Coordinator:
    """Works through a shard.

    :param run_id: the run, for events.
    :param number: the shard's number, for events.
    :param shard: the shard's directory.
    :param policy: retries and failure budget.
    :param bus: where events go after they are in the journal.
    :param state: what the journal tells of earlier attempts at the shard.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is one thing that a shard has
        self, run_id: str, number: int, shard: ShardDirectory, policy: RetryPolicy, bus: Bus, state: ShardState
    ) -> None:
        self._run_id = run_id
        self._number = number
        self._shard = shard
        self._policy = policy
        self._bus = bus
        self._journal = Journal(shard.journal)
        self._journal.close_torn_line()
        self._state = state
        self._tries: Counter[int] = Counter()
        self._leases: dict[int, Ticket] = {}
        self._retries: list[tuple[float, int, PlannedBatch]] = []
        self._lost_causes: dict[int, str] = {}

    def announce(self, notices: list[dict[str, Any]]) -> None:
        """Record why the backend is not the one that was asked for, unless an earlier attempt did."""
        if not self._state.attempts:
            self._record([self._event(EventType.BACKEND_DEGRADED, None, notice) for notice in notices])

    def run(self, batches: Iterator[PlannedBatch], count: int, backend: Backend) -> ShardSummary:
        """Hand out the batches that are not committed yet, and see each to its end.

        :param batches: all batches of the shard.
        :param count: how many these are.
        :param backend: started already; it stays up to the caller to shut it down.
        :raises JobFailedError: when more batches failed for good than the budget allows.
        """
        started = time.monotonic()
        fresh = (batch for batch in batches if batch.index not in self._state.commits)
        self._dispatch(fresh, backend)
        while self._leases or self._retries:
            for report in backend.wait(self._next_retry()):
                self._handle(report)
            self._dispatch(fresh, backend)
        return self._finish(count, time.monotonic() - started)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _dispatch(self, fresh: Iterator[PlannedBatch], backend: Backend) -> None:
        capacity = backend.capacity()
        due = list(islice(self._due(), capacity))
        new = list(islice(fresh, capacity - len(due)))
        tickets = [self._ticket(batch) for batch in (*due, *new)]
        events = [self._event(EventType.BATCH_READY, batch.index, {}) for batch in new if not self._seen(batch.index)]
        events += [self._event(EventType.BATCH_CLAIMED, ticket.index, {}, ticket.attempt) for ticket in tickets]
        self._record(events)
        self._leases.update((ticket.index, ticket) for ticket in tickets)
        backend.submit(tickets)

    def _seen(self, index: int) -> bool:
        return index in self._state.attempts

    def _due(self) -> Iterator[PlannedBatch]:
        while self._retries and self._retries[0][0] <= time.monotonic():
            yield heapq.heappop(self._retries)[2]

    def _next_retry(self) -> float | None:
        return max(self._retries[0][0] - time.monotonic(), 0.0) if self._retries else None

    def _ticket(self, batch: PlannedBatch) -> Ticket:
        return Ticket(batch.index, self._state.attempts.get(batch.index, 0) + 1, batch.recipe)

    def _handle(self, report: Report) -> None:
        if isinstance(report, WorkerLost):
            self._handle_loss(report)
            return
        self._bus.publish(report)
        self._state.apply(report)
        if report.event_type in DECISIONS and report.batch_id is not None:
            ticket = self._leases.pop(batch_index(report.batch_id))
            if report.event_type == EventType.BATCH_FAILED:
                self._try_again(ticket, report.payload["error"])

    def _handle_loss(self, lost: WorkerLost) -> None:
        # The worker may have committed and died before it could tell: the journal knows.
        self._state = ShardState.load(self._shard.journal)
        for ticket in lost.waiting:
            if self._leases.pop(ticket.index) and ticket.index not in self._state.commits:
                self._retry_at(time.monotonic(), ticket)
        if lost.current and self._leases.pop(lost.current.index) and lost.current.index not in self._state.commits:
            payload = failure(lost.current, lost.reason)
            self._record([self._event(EventType.BATCH_FAILED, lost.current.index, payload, lost.current.attempt)])
            self._try_again(lost.current, lost.reason)

    def _try_again(self, ticket: Ticket, error: str) -> None:
        self._tries[ticket.index] += 1
        tries = self._tries[ticket.index]
        if tries < self._policy.max_attempts:
            self._retry_at(time.monotonic() + self._policy.wait_after(tries), ticket)
            return
        self._lost_causes[ticket.index] = error
        if len(self._lost_causes) > self._policy.allowed_failures:
            raise JobFailedError(self._explain_failure())

    def _retry_at(self, due: float, ticket: Ticket) -> None:
        heapq.heappush(self._retries, (due, ticket.index, PlannedBatch(ticket.index, ticket.recipe)))

    def _explain_failure(self) -> str:
        index, error = next(iter(self._lost_causes.items()))
        others = f", and {len(self._lost_causes) - 1} more" if len(self._lost_causes) > 1 else ""
        return (
            f"{batch_id(index)} failed after {words.counted(self._tries[index], 'attempt')}: {error}{others}; "
            f"failure.budget allows {words.batches(self._policy.allowed_failures)} to fail "
            f"(journal: {self._shard.journal})"
        )

    def _finish(self, batches: int, seconds: float) -> ShardSummary:
        summary = ShardSummary(batches, len(self._state.commits), len(self._lost_causes), self._state.results)
        payload = {
            "batches": summary.batches,
            "completed": summary.completed,
            "failed": summary.failed,
            "results_count": summary.results,
            "processing_time_ms": round(seconds * 1000, 3),
        }
        self._record([self._event(EventType.BATCHES_COMPLETE, None, payload)])
        return summary

    def _event(self, event_type: EventType, index: int | None, payload: dict[str, Any], attempt: int = 0) -> Event:
        name = None if index is None else batch_id(index)
        return Event(event_type, SOURCE, name, payload, self._run_id, self._number, attempt)

    def _record(self, events: list[Event]) -> None:
        self._journal.append(b"".join(event.to_line() for event in events))
        for event in events:
            self._state.apply(event)
            self._bus.publish(event)
