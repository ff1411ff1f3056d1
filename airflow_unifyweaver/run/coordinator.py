"""The coordinator: leads the batches of one shard through a backend until each is committed or has failed for good."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType, utc_now
from airflow_unifyweaver.run.attempts import Attempts
from airflow_unifyweaver.run.backend import Backend, Probed, Report, Started, Ticket, WorkerLost
from airflow_unifyweaver.run.directory import ShardDirectory, batch_id, batch_index
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.quarantine import write_quarantine
from airflow_unifyweaver.run.retry import RetryPolicy
from airflow_unifyweaver.run.state import DECISIONS, KILLED, PIECES, ShardState, made_of
from airflow_unifyweaver.run.worker import failure

if TYPE_CHECKING:
    from airflow_unifyweaver.run.adaptive import AdaptiveBatches

SOURCE = "coordinator"
_READY, _CLAIMED, _STARTED = EventType.BATCH_READY, EventType.BATCH_CLAIMED, EventType.BATCH_STARTED
_FAILED = EventType.BATCH_FAILED


@dataclass(frozen=True)
class ShardSummary:
    """What came of a shard.

    :param batches: how many it has.
    :param completed: how many are committed.
    :param failed: how many failed for good.
    :param results: how many results are committed.
    :param quarantined: how many records of committed batches were set aside.
    """

    batches: int
    completed: int
    failed: int
    results: int
    quarantined: int = 0

    @classmethod
    def of(cls, batches: int, state: ShardState) -> ShardSummary:
        """Return what came of a shard of so many batches in the plan that is finished."""
        set_aside = sum(map(len, state.quarantined.values()))
        made = state.batches_among(batches)
        return cls(made, len(state.commits), made - len(state.commits), state.results, set_aside)

    @classmethod
    def total(cls, summaries: Iterable[ShardSummary]) -> ShardSummary:
        """Return what came of several shards."""
        return cls(*map(sum, zip(*map(astuple, summaries), strict=True)))


class Coordinator:
    """Works through a shard.

    :param run_id: the run, for events.
    :param number: the shard's number, for events.
    :param shard: the shard's directory.
    :param policy: retries and failure budget.
    :param bus: where events go after they are in the journal.
    :param state: what the journal tells of earlier attempts at the shard.
    :param adaptive: makes the batches of the plan's pieces, where these are not batches themselves.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is one thing that a shard has
        self,
        run_id: str,
        number: int,
        shard: ShardDirectory,
        policy: RetryPolicy,
        bus: Bus,
        state: ShardState,
        adaptive: AdaptiveBatches | None = None,
    ) -> None:
        self._run_id = run_id
        self._number = number
        self._shard = shard
        self._bus = bus
        self._journal = Journal(shard.journal)
        self._journal.close_torn_line()
        self._state = state
        self._attempts = Attempts(policy, shard.journal)
        self._leases: dict[int, Ticket] = {}
        self._untold: list[Event] = []
        self._adaptive = adaptive

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
        fresh: Iterator[PlannedBatch] = (batch for batch in batches if not self._state.covers(batch.index))
        if self._adaptive is not None:
            fresh = self._adaptive.made_of(fresh, count - self._state.covered)
        self._dispatch(fresh, backend)
        while self._leases or self._attempts:
            self._tell()
            # With no slot free, what is due has to wait for a report, too.
            can_begin = self._attempts and backend.capacity()
            for report in backend.wait(self._attempts.next_due() if can_begin else None):
                self._handle(report)
            self._dispatch(fresh, backend)
        return self._finish(count, time.monotonic() - started)

    def close(self) -> None:
        """Tell what was not told yet, and close the journal."""
        self._tell()
        self._journal.close()

    def _dispatch(self, fresh: Iterator[PlannedBatch], backend: Backend) -> None:
        capacity = backend.capacity()
        if not capacity:
            return
        tickets = [self._numbered(ticket) for ticket in islice(self._attempts.due(), capacity)]
        tickets += map(self._first_ticket, islice(fresh, capacity - len(tickets)))
        if not tickets:
            return
        first = [ticket for ticket in tickets if ticket.attempt == 1]
        claimed = [ticket for ticket in tickets if ticket.probe is None]
        now = utc_now()
        events = [self._event(_READY, ticket.index, {}, 0, now) for ticket in first]
        events += [self._claim(ticket, now) for ticket in claimed]
        self._record(events)
        self._leases.update((ticket.index, ticket) for ticket in tickets)
        backend.submit(tickets)

    def _claim(self, ticket: Ticket, now: str) -> Event:
        return self._event(_CLAIMED, ticket.index, made_of(ticket.pieces), ticket.attempt, now)

    def _first_ticket(self, batch: PlannedBatch) -> Ticket:
        """Return the first ticket of this process for a batch; an earlier one may have tried it, too."""
        return Ticket(batch.index, self._next_attempt(batch.index), batch.recipe, pieces=batch.pieces)

    def _numbered(self, ticket: Ticket) -> Ticket:
        if ticket.probe is not None:
            return ticket
        return replace(ticket, attempt=self._next_attempt(ticket.index))

    def _next_attempt(self, index: int) -> int:
        return self._state.attempts.get(index, 0) + 1

    def _handle(self, report: Report) -> None:
        if isinstance(report, Event):
            self._handle_event(report)
        elif isinstance(report, Started):
            self._handle_start(report)
        elif isinstance(report, Probed):
            self._attempts.answered(self._leases.pop(report.index), report.records, report.error)
        else:
            self._handle_loss(report)

    def _handle_start(self, started: Started) -> None:
        if self._bus.wants(_STARTED) and (event := Event.from_line(started.line)):
            self._untold.append(event)

    def _handle_event(self, event: Event) -> None:
        self._untold.append(event)
        self._state.apply(event)
        if event.event_type in DECISIONS and event.batch_id is not None:
            ticket = self._leases.pop(batch_index(event.batch_id))
            if event.event_type == _FAILED:
                self._try_again(ticket, event.payload["error"])
            elif self._adaptive is not None:
                self._adaptive.learn(ticket.recipe, event.payload)

    def _handle_loss(self, lost: WorkerLost) -> None:
        # The worker may have committed and died before it could tell: the journal knows.
        self._state = ShardState.load(self._shard.journal)
        for ticket in lost.waiting:
            if self._leases.pop(ticket.index) and ticket.index not in self._state.commits:
                self._attempts.put_back(ticket)
        if lost.current and self._leases.pop(lost.current.index) and lost.current.index not in self._state.commits:
            if lost.preempted and self._attempts.hand_back(lost.current):
                self._handed_back(lost.current, lost.reason)
            else:
                self._handle_failure(lost.current, lost.reason)

    def _handed_back(self, ticket: Ticket, reason: str) -> None:
        if ticket.probe is None:
            self._record([self._failed(ticket, reason, {KILLED: True}), self._ready_again(ticket, 0.0)])

    def _handle_failure(self, ticket: Ticket, reason: str) -> None:
        if ticket.probe is not None:
            self._attempts.answered(ticket, 0, reason)
            return
        self._record([self._failed(ticket, reason, {})])
        self._try_again(ticket, reason)

    def _try_again(self, ticket: Ticket, error: str) -> None:
        delay = self._attempts.failed(ticket, error)
        if delay is not None:
            self._record([self._ready_again(ticket, delay)])

    def _failed(self, ticket: Ticket, reason: str, facts: dict[str, Any]) -> Event:
        return self._event(_FAILED, ticket.index, failure(ticket, reason) | facts, ticket.attempt)

    def _ready_again(self, ticket: Ticket, delay: float) -> Event:
        payload = {"retry_count": ticket.attempt, "delay_seconds": round(delay, 3)}
        return self._event(_READY, ticket.index, payload)

    def _finish(self, batches: int, seconds: float) -> ShardSummary:
        write_quarantine(self._shard.quarantine, self._state.quarantined, self._attempts.failures)
        summary = ShardSummary.of(batches, self._state)
        payload = {
            "batches": summary.batches,
            "completed": summary.completed,
            "failed": summary.failed,
            "results_count": summary.results,
            "quarantined": summary.quarantined,
            "processing_time_ms": round(seconds * 1000, 3),
        }
        if self._adaptive is not None:
            payload[PIECES] = self._state.covered
        self._record([self._event(EventType.BATCHES_COMPLETE, None, payload)])
        return summary

    def _event(
        self, event_type: EventType, index: int | None, payload: dict[str, Any], attempt: int = 0, now: str = ""
    ) -> Event:
        name = None if index is None else batch_id(index)
        return Event(event_type, SOURCE, name, payload, self._run_id, self._number, attempt, now or utc_now())

    def _record(self, events: list[Event]) -> None:
        self._journal.append(b"".join(event.to_line() for event in events))
        self._untold += events
        for event in events:
            self._state.apply(event)

    def _tell(self) -> None:
        self._bus.publish(*self._untold)
        self._untold.clear()
