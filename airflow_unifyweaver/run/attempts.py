"""What follows a failed attempt: another one, a search for the records that fail, or the end of the batch."""

from __future__ import annotations

import heapq
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver import words
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.run.backend import Ticket
from airflow_unifyweaver.run.directory import batch_id
from airflow_unifyweaver.run.retry import RetryPolicy

if TYPE_CHECKING:
    from airflow_unifyweaver.run.bisection import Bisection

HAND_BACKS = 10
"""How often a batch may be handed back by preempted workers; then it counts as what brings that about."""
COUNT = ()
"""The probe that only counts the records of a batch."""


class Attempts:
    """The batches that are to be tried again, and those that have failed for good.

    :param policy: how often to try, what to set aside, and how much of that is too much.
    :param journal: where to read more, for messages.
    """

    def __init__(self, policy: RetryPolicy, journal: Path) -> None:
        self._journal = journal
        self.failures: dict[int, tuple[Ticket, str]] = {}
        self._policy = policy
        self._tries: Counter[int] = Counter()
        self._handed_back: Counter[int] = Counter()
        self._waiting: list[tuple[float, int, Ticket]] = []
        self._searches: dict[int, Bisection] = {}
        self._shortened: set[int] = set()
        self._affected: dict[int, int] = {}

    def __bool__(self) -> bool:
        """Tell whether something waits to be tried."""
        return bool(self._waiting)

    def next_due(self) -> float | None:
        """Return in how many seconds the next ticket is due, or None when there is none."""
        return max(self._waiting[0][0] - time.monotonic(), 0.0) if self._waiting else None

    def due(self) -> Iterator[Ticket]:
        """Yield the tickets that are due; attempts at batches still need their number."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            yield heapq.heappop(self._waiting)[2]

    def put_back(self, ticket: Ticket, delay: float = 0.0) -> None:
        """Have a ticket handed out again after so many seconds."""
        heapq.heappush(self._waiting, (time.monotonic() + delay, ticket.index, ticket))

    def hand_back(self, ticket: Ticket) -> bool:
        """Have a ticket handed out again at once that a preempted worker was at; it was no attempt of the batch's.

        :return: False when that was so too often already, and nothing was done.
        """
        self._handed_back[ticket.index] += 1
        if self._handed_back[ticket.index] > HAND_BACKS:
            return False
        self.put_back(ticket)
        return True

    def failed(self, ticket: Ticket, error: str) -> float | None:
        """Take in that an attempt failed.

        :return: in how many seconds there is another one, or None when there is none or not at once.
        :raises JobFailedError: when that is one batch too many.
        """
        index = ticket.index
        self._tries[index] += 1
        if index not in self._shortened and self._tries[index] < self._policy.max_attempts:
            delay = self._policy.wait_after(self._tries[index])
            self.put_back(ticket, delay)
            return delay
        if index not in self._shortened and self._policy.quarantine == "record":
            from airflow_unifyweaver.run.bisection import Bisection

            self._searches[index] = Bisection(error)
            self.put_back(replace(ticket, probe=COUNT))
        else:
            self._give_up(ticket, error)
        return None

    def answered(self, ticket: Ticket, records: int, error: str | None) -> None:
        """Take in what came of a probe.

        :param records: how many records the batch has; only the answer to :data:`COUNT` need know.
        :param error: what the probe failed with, or None when it did not.
        :raises JobFailedError: when that makes one batch too many fail.
        """
        search = self._searches[ticket.index]
        if ticket.probe != COUNT:
            search.answer(error)
        elif error is None:
            search.begin(records)
        else:
            search.hopeless = error
        if search.probe is not None:
            self.put_back(replace(ticket, probe=search.probe))
        elif search.poison and not search.hopeless:
            self._shorten(ticket, search.poison)
        else:
            self._give_up(replace(ticket, probe=None), search.hopeless or search.error)

    def _shorten(self, ticket: Ticket, poison: dict[int, str]) -> None:
        """Try once more, without the records that fail."""
        self._shortened.add(ticket.index)
        self._check_budget(ticket, next(iter(poison.values())))
        self.put_back(replace(ticket, probe=None, poison=json.dumps(poison).encode()))

    def _give_up(self, ticket: Ticket, error: str) -> None:
        self.failures[ticket.index] = (ticket, error)
        self._check_budget(ticket, error)

    def _check_budget(self, ticket: Ticket, error: str) -> None:
        self._affected[ticket.index] = ticket.pieces
        if self._policy.spent(self._affected.values()) > self._policy.allowed_failures:
            affected, tries = len(self._affected), words.counted(self._tries[ticket.index], "attempt")
            others = f", and {affected - 1} more" if affected > 1 else ""
            raise JobFailedError(
                f"{batch_id(ticket.index)} failed after {tries}: {error}{others}; "
                f"failure.budget allows {self._policy.allowance} to fail (journal: {self._journal})"
            )
