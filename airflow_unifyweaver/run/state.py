"""The state of a shard, as its journal tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import batch_index
from airflow_unifyweaver.run.segment import Commit

# By names of their own, as looking up a member of an enumeration takes longer than all that is done with it here.
_CLAIMED, _COMPLETE, _FINISHED = EventType.BATCH_CLAIMED, EventType.BATCH_COMPLETE, EventType.BATCHES_COMPLETE

DECISIONS = frozenset({_COMPLETE, EventType.BATCH_FAILED})
"""The events that end an attempt."""
QUARANTINED = "quarantined"
"""Stands in the payload of a ``batch_complete`` with the records that were set aside."""
KILLED = "killed"
"""Stands in the payload of a ``batch_failed`` that ended with its task, whatever the batch itself would have done."""
REVOKED = "revoked"
"""Stands in the payload of a ``batch_failed`` that takes a commit back, as its results are damaged."""
PIECES = "pieces"
"""Stands in the payload of a claim and of a commit of a batch that was made of several pieces of the plan."""
EMPTY = "empty"
"""Stands in the payload of a ``batch_complete`` when the batch had no record, so that its work was not run."""
_TELLING = DECISIONS | {_CLAIMED, _FINISHED}


def made_of(pieces: int) -> dict[str, int]:
    """Return what a payload tells of a number of pieces: nothing of a batch that is a whole one of the plan."""
    return {PIECES: pieces} if pieces > 1 else {}


@dataclass
class ShardState:
    """What happened to the batches of a shard so far.

    A batch has the number of its first piece of the plan. Most plans are made of whole batches, one piece each.

    :param commits: the commit of every committed batch, by its number.
    :param results: how many results are committed.
    :param attempts: the last attempt that was claimed for each batch, which holds the lease on it.
    :param pieces: of how many pieces each batch was made by its last claim, where that is more than one.
    :param owners: the batch that each piece belongs to by the last claim on it, where that was ever another's than its
        own.
    :param failures: why each batch failed whose last attempt failed, unless that was killed with its task.
    :param quarantined: the records of committed batches that were set aside.
    :param finished: whether the shard was seen to its end, and all commits that it had then are still there.
    """

    commits: dict[int, Commit] = field(default_factory=dict)
    results: int = 0
    attempts: dict[int, int] = field(default_factory=dict)
    pieces: dict[int, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    quarantined: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    finished: bool = False

    @classmethod
    def load(cls, journal: Path) -> ShardState:
        """Read the state from a journal; what is torn or altered in it counts as never written."""
        state = cls()
        for event in read_events(journal, _TELLING):
            state.apply(event)
        return state

    @property
    def covered(self) -> int:
        """How many pieces are committed."""
        return sum(map(self.size, self.commits))

    def size(self, index: int) -> int:
        """Return of how many pieces a batch was made by its last claim."""
        return self.pieces.get(index, 1)

    def covers(self, piece: int) -> bool:
        """Tell whether a piece is part of a committed batch."""
        return self._owner(piece) in self.commits

    def batches(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """Yield the number of each batch that pieces were made into, in order, and how many pieces it has.

        A piece that is in no batch yet counts as one.

        :param first: the first piece of the shard.
        :param count: how many pieces the shard has.
        """
        index = first
        while index < first + count:
            size = self.size(index) if self.holds(index) else 1
            yield index, size
            index += size

    def batches_among(self, count: int) -> int:
        """Return how many batches :meth:`batches` tells of in a shard of so many pieces."""
        return count - sum(size - 1 for index, size in self.pieces.items() if self.holds(index))

    def holds(self, index: int) -> bool:
        """Tell whether the last claim on every piece of a batch is the batch's own."""
        if not self.owners:  # as in most shards, where no batch was ever made of several pieces
            return True
        return all(self._owner(piece) == index for piece in range(index, index + self.size(index)))

    def apply(self, event: Event) -> None:
        """Take an event in.

        The first commit of a batch that is not revoked wins, and only the attempt that holds the lease may commit or
        fail: so a worker that was given up on cannot commit what another one works on by then. A claim takes the lease
        away from every batch that has a piece in common with it, and its commit, too, if that has other pieces.
        """
        kind = event.event_type
        if kind not in _TELLING:
            return
        if kind == _FINISHED:
            # Not when a line before this one was damaged since: then what it told of is to be done again.
            completed = event.payload["completed"]
            self.finished = (completed, event.payload.get(PIECES, completed)) == (len(self.commits), self.covered)
        if event.batch_id is None:
            return
        index = batch_index(event.batch_id)
        if kind == _CLAIMED:
            self._claim(index, event.payload.get(PIECES, 1))
            self.attempts[index] = event.attempt
        elif REVOKED in event.payload:
            self._revoke(index)
        elif index not in self.commits and self._has_lease(index, event):
            self._decide(index, event)

    def _owner(self, piece: int) -> int:
        owner = self.owners.get(piece, piece)
        return owner if piece < owner + self.size(owner) else piece

    def _has_lease(self, index: int, event: Event) -> bool:
        if event.event_type == _COMPLETE and event.payload.get(PIECES, 1) != self.size(index):
            return False  # the claim that it goes by is lost
        return self.attempts.get(index) == event.attempt and self.holds(index)

    def _claim(self, index: int, size: int) -> None:
        if size == 1 and index not in self.owners and index not in self.pieces:
            return
        pieces = range(index, index + size)
        for other in {self._owner(piece) for piece in pieces} - {index}:
            self._displace(other)
        if size != self.size(index):
            self._displace(index)
        self.pieces[index] = size
        self.owners.update(dict.fromkeys(pieces, index))

    def _displace(self, index: int) -> None:
        self._revoke(index)
        self.failures.pop(index, None)

    def _revoke(self, index: int) -> None:
        commit = self.commits.pop(index, None)
        self.results -= commit.results if commit else 0
        self.quarantined.pop(index, None)
        self.finished = False

    def _decide(self, index: int, event: Event) -> None:
        if event.event_type == _COMPLETE:
            commit = self.commits[index] = Commit.from_payload(event.payload)
            self.results += commit.results
            self.failures.pop(index, None)
            if QUARANTINED in event.payload:
                self.quarantined[index] = event.payload[QUARANTINED]
        elif KILLED not in event.payload:
            self.failures[index] = event.payload["error"]
