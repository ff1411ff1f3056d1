"""The worker: the one program that runs in every slot of every backend.

It reads a batch, runs the work, combines the results, appends them to its segment, and commits by a journal line.
"""

from __future__ import annotations

import json
import resource
import time
import traceback
from collections.abc import Callable
from typing import Any

from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import RunError, UnifyWeaverError
from airflow_unifyweaver.run.backend import Ticket, WorkerSpec
from airflow_unifyweaver.run.directory import ShardDirectory, batch_id
from airflow_unifyweaver.run.segment import SegmentWriter

_NOTHING = b""


class Worker:
    """Works on tickets.

    :param spec: what to work on, and how.
    :param slot: number of the slot, for segment and events.
    :param tell: takes journal lines to the coordinator, after they are in the journal.
    """

    def __init__(self, spec: WorkerSpec, slot: int, tell: Callable[[bytes], None]) -> None:
        shard = ShardDirectory(spec.folder)
        self._spec = spec
        self._source = f"worker.{slot}"
        self._tell = tell
        self._segment = SegmentWriter(shard.segments, slot)
        self._journal = Journal(shard.journal)
        self._lines: list[bytes] = []

    def process(self, ticket: Ticket, *, more: bool) -> None:
        """Make one attempt at a batch; whatever the work does, it ends in a journal line.

        :param ticket: the attempt.
        :param more: whether the next ticket is at hand: then its first line and this one's last are written at once.
        :raises RunError: when the run directory cannot be written to.
        """
        started = time.perf_counter()
        self._record(ticket, EventType.BATCH_STARTED, {})
        self._flush()
        try:
            data, results = self._work(ticket)
        except BaseException as error:  # sys.exit() and the like in user code are failures as well
            self._record(ticket, EventType.BATCH_FAILED, failure(ticket, describe(error)) | _usage(started))
        else:
            self._commit(ticket, data, results, started)
        if not more:
            self._flush()

    def close(self) -> None:
        """Close segment and journal."""
        self._segment.close()
        self._journal.close()

    def _work(self, ticket: Ticket) -> tuple[bytes, int]:
        batch = self._spec.reader.read(json.loads(ticket.recipe))
        if batch.is_empty():
            return _NOTHING, 0
        payload = self._spec.aggregation.combine(self._spec.work.run(batch))
        return payload.data, payload.results

    def _commit(self, ticket: Ticket, data: bytes, results: int, started: float) -> None:
        try:
            commit = self._segment.append(data, results)
        except OSError as error:
            raise RunError(f"cannot write results to {self._spec.folder}: {error.strerror}") from error
        payload = commit.to_payload() | _usage(started)
        self._record(ticket, EventType.BATCH_COMPLETE, payload)

    def _record(self, ticket: Ticket, event_type: EventType, payload: dict[str, Any]) -> None:
        spec = self._spec
        event = Event(
            event_type, self._source, batch_id(ticket.index), payload, spec.run_id, spec.shard, ticket.attempt
        )
        self._lines.append(event.to_line())

    def _flush(self) -> None:
        lines = b"".join(self._lines)
        self._lines.clear()
        try:
            self._journal.append(lines)
        except OSError as error:
            raise RunError(f"cannot write the journal in {self._spec.folder}: {error.strerror}") from error
        self._tell(lines)


def failure(ticket: Ticket, error: str) -> dict[str, Any]:
    """Return the payload of a ``batch_failed`` event."""
    return {"error": error, "retry_count": ticket.attempt - 1}


def describe(error: BaseException) -> str:
    """Return what a failed attempt died of; for errors of user code, with the line that raised."""
    if isinstance(error, UnifyWeaverError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def _usage(started: float) -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    commands = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "processing_time_ms": round((time.perf_counter() - started) * 1000, 3),
        "memory_mb": round(max(own, commands) / 1024, 1),
    }
