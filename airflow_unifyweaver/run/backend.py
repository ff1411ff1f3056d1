"""What the coordinator knows of a backend: four calls, tickets going in and reports coming out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from airflow_unifyweaver.aggregation.base import Aggregation
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.sources.base import Reader
from airflow_unifyweaver.work.base import Work


@dataclass(frozen=True)
class WorkerSpec:
    """All that a worker needs to know. Picklable, and free of pydantic: a worker starts in milliseconds.

    :param run_id: the run, for its events.
    :param shard: number of the shard, for its events.
    :param folder: the shard's directory.
    :param reader: reads batches of the source.
    :param work: what runs on them.
    :param aggregation: combines their results.
    """

    run_id: str
    shard: int
    folder: Path
    reader: Reader
    work: Work
    aggregation: Aggregation


@dataclass(frozen=True)
class SlotSettings:
    """How a backend shall run its worker slots.

    :param workers: how many slots there are at most.
    :param timeout: seconds that one attempt may take before its worker is killed, or None.
    :param timeout_factor: how many times the median of the last attempts one may take, instead of a fixed timeout.
    :param target: how long attempts are meant to take, in seconds: their median never counts as less.
    :param max_memory: bytes of memory that a worker and what it starts may have resident, or None.
    :param options: the backend's own options.
    :param least: how many slots are kept while there is nothing to do; all when None.
    """

    workers: int
    timeout: float | None = None
    timeout_factor: float | None = None
    target: float = 0.0
    max_memory: int | None = None
    options: tuple[str, ...] = ()
    least: int | None = None


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to make, and each batch makes several
class Ticket:
    """One attempt at one batch: what is handed to a worker.

    :param index: number of the batch.
    :param attempt: which attempt this is, from 1.
    :param recipe: the batch's recipe, as JSON text.
    :param poison: records to leave out, and what each fails with, as JSON text.
    :param probe: instead of an attempt, only try these records (first, and after the last), or count all when empty.
    :param pieces: how many pieces of the plan the batch is made of.
    """

    index: int
    attempt: int
    recipe: bytes
    poison: bytes = b"{}"
    probe: tuple[int, ...] | None = None
    pieces: int = 1

    def to_line(self) -> bytes:
        """Return the ticket as the line that a slot reads."""
        probe = b"-" if self.probe is None else b",".join(b"%d" % index for index in self.probe)
        fields = (self.index, self.attempt, self.pieces, probe, self.poison, self.recipe)
        return b"%d\t%d\t%d\t%s\t%s\t%s\n" % fields

    @classmethod
    def from_line(cls, line: bytes) -> Ticket:
        """Read a ticket from its line."""
        index, attempt, pieces, probe, poison, recipe = line.split(b"\t")
        records = None if probe == b"-" else tuple(map(int, filter(None, probe.split(b","))))
        return cls(int(index), int(attempt), recipe, poison, records, int(pieces))


@dataclass(frozen=True)
class Probed:
    """What came of a probe.

    :param index: number of the batch.
    :param records: how many records the batch has.
    :param error: what the probed records failed with, or None when they did not fail.
    """

    index: int
    records: int
    error: str | None

    def to_line(self) -> bytes:
        """Return the answer as the line that a worker tells."""
        return json.dumps({"probed": [self.index, self.records, self.error]}).encode() + b"\n"


@dataclass(frozen=True)
class WorkerLost:
    """A worker died or was killed.

    :param reason: how, in words.
    :param current: the attempt that it was at, which has failed with it.
    :param waiting: tickets that it had not begun, which go to others.
    :param preempted: whether it was asked to go, by SIGTERM, which says nothing about the batch it was at.
    """

    reason: str
    current: Ticket | None = None
    waiting: list[Ticket] = field(default_factory=list)
    preempted: bool = False


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to make, and each batch makes several
class Started:
    """A worker began an attempt: news that nobody may want to hear, and so it is not decoded.

    :param line: the journal's line of the ``batch_started``.
    """

    line: bytes


Report = Event | Started | Probed | WorkerLost
"""What a backend tells: an event that a worker has journaled already, the answer to a probe, the loss of a worker."""


class Backend(Protocol):
    """Starts worker slots, hands them tickets, and cleans up on every way out."""

    def init(self, spec: WorkerSpec, settings: SlotSettings) -> None:
        """Start the slots.

        :raises BackendError: when they cannot be started.
        """

    def capacity(self) -> int:
        """Return how many more tickets the slots can use now."""

    def submit(self, tickets: Sequence[Ticket]) -> None:
        """Hand tickets to slots; at most :meth:`capacity` of them."""

    def wait(self, timeout: float | None) -> list[Report]:
        """Return what has happened, waiting for at most so many seconds (None: until something does).

        :raises RunError: when a worker cannot write to the run directory.
        :raises BackendError: when no slot can be kept running.
        """

    def shutdown(self) -> None:
        """Stop all that was started; may be called at any time, also twice."""
