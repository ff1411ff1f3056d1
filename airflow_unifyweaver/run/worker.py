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

from airflow_unifyweaver.aggregation.base import Payload
from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.fast_json import loads
from airflow_unifyweaver.run.backend import Probed, Ticket, WorkerSpec
from airflow_unifyweaver.run.directory import ShardDirectory, batch_id
from airflow_unifyweaver.run.segment import SegmentWriter
from airflow_unifyweaver.run.state import EMPTY, QUARANTINED, made_of
from airflow_unifyweaver.sources.base import Batch

_NOTHING = Payload(b"", 0)
"""What comes of a batch without records, which work is not run on."""
_NO_POISON = b"{}"
_LONGEST_ERROR = 10_000
"""So many characters are kept of what an error of user code says: some quote their whole input."""
_STARTED, _COMPLETE = EventType.BATCH_STARTED, EventType.BATCH_COMPLETE


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
        if ticket.probe is not None:
            self._probe(ticket, ticket.probe)
            return
        started = time.perf_counter()
        self._record(ticket, _STARTED, {})
        self._flush()
        try:
            payload, set_aside = self._work(ticket)
        except BaseException as error:  # sys.exit() and the like in user code are failures as well
            self._record(ticket, EventType.BATCH_FAILED, failure(ticket, describe(error)) | _usage(started))
        else:
            self._commit(ticket, payload, _usage(started) | set_aside)
        if not more:
            self._flush()

    def close(self) -> None:
        """Close segment and journal."""
        self._segment.close()
        self._journal.close()

    def _work(self, ticket: Ticket) -> tuple[Payload, dict[str, Any]]:
        """Work on a batch without its poison records; return the results, and these records for the commit."""
        batch = self._read(ticket)
        if ticket.poison == _NO_POISON:
            payload = self._run(batch)
            return payload, {EMPTY: True} if payload is _NOTHING else {}
        errors: dict[str, str] = json.loads(ticket.poison)
        records = batch.records()
        set_aside = [
            {"record": int(index), **batch.describe(records[int(index)]), "error": error}
            for index, error in errors.items()
        ]
        rest = [record for index, record in enumerate(records) if str(index) not in errors]
        return self._run(batch.pick(rest)), {QUARANTINED: set_aside}

    def _probe(self, ticket: Ticket, probe: tuple[int, ...]) -> None:
        self._flush()
        records, error = 0, None
        try:
            batch = self._read(ticket)
            places = batch.records()
            records = len(places)
            if probe:
                self._run(batch.pick(places[slice(*probe)]))
        except BaseException as raised:
            error = describe(raised)
        self._tell(Probed(ticket.index, records, error).to_line())

    def _read(self, ticket: Ticket) -> Batch:
        return self._spec.reader.read(loads(ticket.recipe))

    def _run(self, batch: Batch) -> Payload:
        if batch.is_empty():
            return _NOTHING
        return self._spec.aggregation.combine(self._spec.work.run(batch))

    def _commit(self, ticket: Ticket, payload: Payload, facts: dict[str, Any]) -> None:
        commit = self._segment.append(payload.data, payload.results)
        self._record(ticket, _COMPLETE, commit.to_payload() | made_of(ticket.pieces) | facts)

    def _record(self, ticket: Ticket, event_type: EventType, payload: dict[str, Any]) -> None:
        spec = self._spec
        event = Event(
            event_type, self._source, batch_id(ticket.index), payload, spec.run_id, spec.shard, ticket.attempt
        )
        self._lines.append(event.to_line())

    def _flush(self) -> None:
        lines = b"".join(self._lines)
        self._lines.clear()
        self._journal.append(lines)
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
    text = str(error)
    shown = text if len(text) <= _LONGEST_ERROR else f"{text[:_LONGEST_ERROR]}..."
    return f"{type(error).__name__}: {shown}{place}"


def _usage(started: float) -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    commands = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "processing_time_ms": round((time.perf_counter() - started) * 1000, 3),
        "memory_mb": round(max(own, commands) / 1024, 1),
    }
