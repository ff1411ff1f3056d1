"""Where every batch of a run stands, in a few bytes each."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.journal_tail import JournalEvent
from airflow_unifyweaver.monitor.pieces import Pieces
from airflow_unifyweaver.run.lifecycle import BatchState
from airflow_unifyweaver.run.state import PIECES, REVOKED

STATES = tuple(BatchState)
"""A state is kept as its place in here."""
IDLE, CLAIMED, PROCESSING, COMPLETE, FAILED, RETRY = range(len(STATES))
MOST_ATTEMPTS = 255
"""Attempts are told apart up to here."""
_AFTER = {EventType.BATCH_READY: RETRY, EventType.BATCH_CLAIMED: CLAIMED, EventType.BATCH_STARTED: PROCESSING}


class BatchTable:
    """The state of each batch, its last attempt, and where the journal tells of it.

    It follows the rule of :class:`~airflow_unifyweaver.run.state.ShardState`: only the attempt that holds the lease
    may commit or fail. With adaptive batches a place in the table is a piece of the plan; all pieces of a batch have
    its state.

    :param batches: how many the plan has.
    :param adaptive: whether these are pieces that batches are made of.
    """

    def __init__(self, batches: int, *, adaptive: bool) -> None:
        self.states = bytearray(batches)
        self.attempts = bytearray(batches)
        self.places = array("Q", bytes(8 * batches))
        self._pieces = Pieces(batches) if adaptive else None

    def __len__(self) -> int:
        return len(self.states)

    def size(self, index: int) -> int:
        """Return of how many pieces a batch is made."""
        return 1 if self._pieces is None or not self._pieces.holds(index) else self._pieces.sizes[index]

    def first_piece(self, index: int) -> int:
        """Return the number of the batch that a piece belongs to."""
        return index if self._pieces is None else self._pieces.owner(index)

    def apply(self, event: JournalEvent) -> bool:
        """Take in an event of a batch, and return whether it counted."""
        index = event.batch
        if not 0 <= index < len(self):
            return False
        if event.kind == EventType.BATCH_CLAIMED:
            self._claim(event)
        elif self._pieces is not None and not self._pieces.holds(index):
            return False
        elif REVOKED in event.payload:
            self._set(index, FAILED, event.place)
        elif event.kind in (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED):
            return self._decide(event)
        elif self.states[index] != COMPLETE:
            self._set(index, _AFTER[EventType(event.kind)], event.place)
        return True

    def counts(self, first: int, stop: int) -> dict[str, int]:
        """Return how many batches of a range are in each state."""
        return {str(state): self.states.count(number, first, stop) for number, state in enumerate(STATES)}

    def cells(self, first: int, stop: int, most: int) -> tuple[int, dict[str, list[int]]]:
        """Return a range in cells of equally many batches: their size, and for each state its number in each cell.

        :param most: how many cells there may be.
        """
        size = max(-(-(stop - first) // most), 1)
        borders = range(first, stop, size)
        return size, {
            str(state): [self.states.count(number, begin, min(begin + size, stop)) for begin in borders]
            for number, state in enumerate(STATES)
        }

    def find(self, wanted: frozenset[int], first: int, stop: int) -> Iterator[int]:
        """Yield the batches that have pieces in a range and are in one of some states."""
        if first < stop:
            first = self.first_piece(first)
        for found in re.finditer(b"[%s]" % bytes(wanted), self.states[first:stop]):
            index = first + found.start()
            if self.first_piece(index) == index:
                yield index

    def _claim(self, event: JournalEvent) -> None:
        index = event.batch
        if self._pieces is not None:
            for piece in self._pieces.claim(index, min(int(event.payload.get(PIECES, 1)), len(self) - index)):
                self.states[piece] = IDLE
        self.attempts[index] = min(event.attempt, MOST_ATTEMPTS)
        if self.states[index] != COMPLETE:
            self._set(index, CLAIMED, event.place)

    def _decide(self, event: JournalEvent) -> bool:
        index, completes = event.batch, event.kind == EventType.BATCH_COMPLETE
        if self.states[index] == COMPLETE or self.attempts[index] != min(event.attempt, MOST_ATTEMPTS):
            return False
        if completes and int(event.payload.get(PIECES, 1)) != self.size(index):
            return False
        self._set(index, COMPLETE if completes else FAILED, event.place)
        return True

    def _set(self, index: int, state: int, place: int) -> None:
        self.places[index] = place
        size = self.size(index)
        self.states[index : index + size] = bytes([state]) * size


def state_numbers(names: Iterable[str]) -> frozenset[int]:
    """Return states by their names; all of them when there is no name.

    :raises ValueError: when there is no state of that name.
    """
    return frozenset(STATES.index(BatchState(name)) for name in names) or frozenset(range(len(STATES)))
