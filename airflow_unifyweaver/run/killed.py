"""Attempts that were under way when the process that led their shard died: they are failed attempts."""

from __future__ import annotations

from pathlib import Path

from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import batch_id, batch_index
from airflow_unifyweaver.run.state import DECISIONS, KILLED

ERROR = "its task was killed, or ended in an error, while it was under way"


def report_killed(run_id: str, number: int, journal: Path, bus: Bus) -> None:
    """Record the attempts of a process that is no more as failed, once; the caller holds the shard's lock.

    The journal alone tells of them, and it is read here anew, for a shard is opened again only after a misfortune.

    :param run_id: the run, for events.
    :param number: the shard's number, for events.
    :param journal: the shard's journal.
    :param bus: where the events go.
    """
    events = [_failure(run_id, number, index, attempt) for index, attempt in undecided(journal).items()]
    if not events:
        return
    with Journal(journal) as opened:
        opened.close_torn_line()
        opened.append(b"".join(event.to_line() for event in events))
    bus.publish(*events)


def undecided(journal: Path) -> dict[int, int]:
    """Return the batches whose last attempt was claimed but neither committed nor failed, each with that attempt."""
    found: dict[int, int] = {}
    for event in read_events(journal, DECISIONS | {EventType.BATCH_CLAIMED}):
        index = batch_index(str(event.batch_id))
        if event.event_type == EventType.BATCH_CLAIMED:
            found[index] = event.attempt
        elif found.get(index) == event.attempt:
            del found[index]
    return found


def _failure(run_id: str, number: int, index: int, attempt: int) -> Event:
    payload = {"error": ERROR, "retry_count": attempt - 1, KILLED: True}
    return Event(EventType.BATCH_FAILED, "coordinator", batch_id(index), payload, run_id, number, attempt)
