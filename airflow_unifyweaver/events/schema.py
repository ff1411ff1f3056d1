"""The event schema, and an event as one checksummed line of a journal."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from airflow_unifyweaver.fast_json import dumps, loader

_CHECKSUM = b',"crc32":"%08x"}\n'
_CHECKSUM_LENGTH = len(_CHECKSUM % 0)
_LINE_START = b'{"event_type":'


def utc_now() -> str:
    """Return the time as events tell it: UTC as ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class EventType(StrEnum):
    """What can happen to batches and their run."""

    BATCH_READY = "batch_ready"
    """The batch is planned and waits for a worker."""
    BATCH_CLAIMED = "batch_claimed"
    """A worker slot holds the lease on the batch for one attempt."""
    BATCH_STARTED = "batch_started"
    """The worker began the attempt."""
    BATCH_COMPLETE = "batch_complete"
    """The batch is committed: its results are named by this event, once and for all."""
    BATCH_FAILED = "batch_failed"
    """An attempt failed; the payload tells why."""
    BATCHES_COMPLETE = "batches_complete"
    """All batches of a shard are committed or, within the failure budget, failed for good."""
    BACKEND_DEGRADED = "backend_degraded"
    """The backend that was asked for is not usable here, and another one takes its place."""


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to make, and each batch makes several
class Event:
    """One event.

    :param event_type: what happened.
    :param source: the component that saw it, such as ``coordinator`` or ``worker.2``.
    :param batch_id: the batch it happened to, or None for an event of a whole shard.
    :param payload: what is worth knowing about it, by event type (see ``docs/reference/events``).
    :param run_id: the run, as its directory is called.
    :param shard: number of the shard within the run.
    :param attempt: which attempt at the batch this was, from 1; 0 where there is none.
    :param timestamp: when, in UTC as ISO 8601 with microseconds.
    """

    event_type: str
    source: str
    batch_id: str | None
    payload: dict[str, Any]
    run_id: str
    shard: int
    attempt: int = 0
    timestamp: str = field(default_factory=utc_now)

    def to_dict(self) -> dict[str, Any]:
        """Return the event as the JSON object that users see."""
        return {
            "event_type": str(self.event_type),
            "timestamp": self.timestamp,
            "source": self.source,
            "batch_id": self.batch_id,
            "payload": self.payload,
            "run_id": self.run_id,
            "shard": self.shard,
            "attempt": self.attempt,
        }

    def to_line(self) -> bytes:
        """Return the event as a journal line, closed by a checksum of all that stands before it."""
        text = dumps(self.to_dict())[:-1]
        return text + _CHECKSUM % zlib.crc32(text)

    @classmethod
    def from_line(cls, line: bytes) -> Event | None:
        """Read a journal line again, or return None when it is torn or altered.

        A line that was torn by a full disk stands before the next one without a newline between them: the whole
        one behind it is still found.
        """
        return _checked(line) or _checked(line[max(line.rfind(_LINE_START), 0) :])


_load = loader(Event)


def _checked(line: bytes) -> Event | None:
    text = line[:-_CHECKSUM_LENGTH]
    if line[-_CHECKSUM_LENGTH:] != _CHECKSUM % zlib.crc32(text):
        return None
    return _load(text + b"}")
