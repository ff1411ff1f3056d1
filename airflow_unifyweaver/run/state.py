"""The state of a shard, as its journal tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import batch_index
from airflow_unifyweaver.run.segment import Commit

DECISIONS = frozenset({EventType.BATCH_COMPLETE, EventType.BATCH_FAILED})
"""The events that end an attempt."""
QUARANTINED = "quarantined"
"""Stands in the payload of a ``batch_complete`` with the records that were set aside."""
KILLED = "killed"
"""Stands in the payload of a ``batch_failed`` that ended with its task, whatever the batch itself would have done."""
REVOKED = "revoked"
"""Stands in the payload of a ``batch_failed`` that takes a commit back, as its results are damaged."""
_TYPES = DECISIONS | {EventType.BATCH_CLAIMED, EventType.BATCHES_COMPLETE}


@dataclass
class ShardState:
    """What happened to the batches of a shard so far.

    :param commits: the commit of every committed batch, by its number.
    :param results: how many results are committed.
    :param attempts: the last attempt that was claimed for each batch, which holds the lease on it.
    :param failures: why each batch failed whose last attempt failed, unless that was killed with its task.
    :param quarantined: the records of committed batches that were set aside.
    :param finished: whether the shard was seen to its end, and all commits that it had then are still there.
    """

    commits: dict[int, Commit] = field(default_factory=dict)
    results: int = 0
    attempts: dict[int, int] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    quarantined: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    finished: bool = False

    @classmethod
    def load(cls, journal: Path) -> ShardState:
        """Read the state from a journal; what is torn or altered in it counts as never written."""
        state = cls()
        for event in read_events(journal, _TYPES):
            state.apply(event)
        return state

    def apply(self, event: Event) -> None:
        """Take an event in.

        The first commit of a batch that is not revoked wins, and only the attempt that holds the lease may commit or
        fail: so a worker that was given up on cannot commit what another one works on by then.
        """
        if event.event_type == EventType.BATCHES_COMPLETE:
            # Not when a line before this one was damaged since: then what it told of is to be done again.
            self.finished = event.payload["completed"] == len(self.commits)
        if event.batch_id is None:
            return
        index = batch_index(event.batch_id)
        if event.event_type == EventType.BATCH_CLAIMED:
            self.attempts[index] = event.attempt
        elif REVOKED in event.payload:
            self._revoke(index)
        elif event.event_type in DECISIONS and index not in self.commits and self.attempts.get(index) == event.attempt:
            self._decide(index, event)

    def _revoke(self, index: int) -> None:
        commit = self.commits.pop(index, None)
        self.results -= commit.results if commit else 0
        self.quarantined.pop(index, None)
        self.finished = False

    def _decide(self, index: int, event: Event) -> None:
        if event.event_type == EventType.BATCH_COMPLETE:
            self.commits[index] = Commit.from_payload(event.payload)
            self.results += self.commits[index].results
            self.failures.pop(index, None)
            if QUARANTINED in event.payload:
                self.quarantined[index] = event.payload[QUARANTINED]
        elif KILLED not in event.payload:
            self.failures[index] = event.payload["error"]
