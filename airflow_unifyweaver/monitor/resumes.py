"""When work on a shard was taken up again, as its journal betrays it."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.journal_tail import JournalEvent
from airflow_unifyweaver.run.state import KILLED, REVOKED

MOST_KEPT = 500


@dataclass(slots=True)
class Resume:
    """Work that was taken up again.

    :param shard: number of the shard.
    :param time: when, in seconds since 1970.
    :param idle_seconds: how long nothing had happened in the shard.
    :param killed: how many attempts were under way when the work before it ended.
    :param damaged: how many commits had to be taken back, as their results were damaged.
    """

    shard: int
    time: float
    idle_seconds: float
    killed: int = 0
    damaged: int = 0


class ResumeHistory:
    """The last resumes of a run.

    Who opens a shard again first writes down the attempts that had been under way. When there was none, the sign is
    that the coordinator goes on with a shard whose end it had told, or with a batch that had failed for good.
    """

    def __init__(self) -> None:
        self._resumes: deque[Resume] = deque(maxlen=MOST_KEPT)
        self._open: dict[int, Resume] = {}
        self._last: dict[int, float] = {}
        self._finished: set[int] = set()

    def apply(self, shard: int, event: JournalEvent, *, again: bool) -> None:
        """Take an event in.

        :param shard: number of the shard.
        :param event: the event.
        :param again: whether it is a claim on a batch that had failed for good.
        """
        told = KILLED in event.payload or REVOKED in event.payload
        claimed = event.kind == EventType.BATCH_CLAIMED
        if told or (claimed and (again or shard in self._finished) and shard not in self._open):
            self._note(shard, event)
        if event.kind in (EventType.BATCH_COMPLETE, EventType.BATCH_FAILED) and not told:
            self._open.pop(shard, None)
        if event.kind == EventType.BATCHES_COMPLETE:
            self._finished.add(shard)
        elif claimed:
            self._finished.discard(shard)
        self._last[shard] = event.time

    def to_list(self, shards: range) -> list[dict[str, Any]]:
        """Return the resumes of some shards, the last one first."""
        found = sorted((resume for resume in self._resumes if resume.shard in shards), key=lambda one: -one.time)
        return [asdict(resume) for resume in found]

    def _note(self, shard: int, event: JournalEvent) -> None:
        resume = self._open.get(shard)
        if resume is None:
            resume = Resume(shard, event.time, max(event.time - self._last.get(shard, event.time), 0.0))
            self._open[shard] = resume
            self._resumes.append(resume)
        resume.killed += KILLED in event.payload
        resume.damaged += REVOKED in event.payload
