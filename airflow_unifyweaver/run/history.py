"""The events of a whole run, as its journals tell them, at once or while they come."""

from __future__ import annotations

import heapq
import time
from collections.abc import Container, Iterator

from airflow_unifyweaver.events.journal import read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lock import is_locked
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.journals import JournalFollower


def run_events(run: RunDirectory, plan: Plan, types: Container[EventType]) -> Iterator[Event]:
    """Yield the events of all shards by their time.

    :param run: the run.
    :param plan: its plan.
    :param types: which types to yield.
    """
    journals = (read_events(run.shard(number).journal, types) for number in range(len(plan.shards)))
    return heapq.merge(*journals, key=lambda event: event.timestamp)


def follow_run(run: RunDirectory, plan: Plan, types: Container[EventType]) -> Iterator[Event]:
    """Yield the events of all shards as they come, until every shard is finished or was left unfinished.

    A process that leads the whole run has left what it has not begun, too, once it is gone. In Airflow each shard is a
    task's own, and one that was not begun may be at any time. Of a run at a URL nobody can tell whether a shard was
    left; it may be taken up anywhere.

    :param run: the run.
    :param plan: its plan.
    :param types: which types to yield.
    """
    follower = JournalFollower(run)
    offsets = dict.fromkeys(range(len(plan.shards)), 0)
    while offsets:
        for number in tuple(offsets):
            follower.follow(number)
            was_left = run.url is None and _is_left(run, plan, number)  # asked before the news, so that all are read
            events, offsets[number] = news(run, number, offsets[number])
            yield from (event for event in events if event.event_type in types)
            if was_left or any(event.event_type == EventType.BATCHES_COMPLETE for event in events):
                del offsets[number]
        time.sleep(follower.seconds if offsets else 0)


def _is_left(run: RunDirectory, plan: Plan, number: int) -> bool:
    shard = run.shard(number)
    # The file of a lock is there a moment before it is held; by the time there is a journal, the run's is.
    led = run.lock.exists() and any(run.shard(other).journal.exists() for other in range(len(plan.shards)))
    return (led or shard.journal.exists()) and not is_locked(shard.lock) and not is_locked(run.lock)


def news(run: RunDirectory, number: int, offset: int, most: int = -1) -> tuple[list[Event], int]:
    """Return the events after an offset of a journal, and the offset behind its last whole line.

    :param most: read so many bytes at most, and then on to the end of a line.
    """
    journal = run.shard(number).journal
    if not journal.exists():
        return [], offset
    with journal.open("rb") as file:
        file.seek(offset)
        data = file.read(most)
        data += file.readline() if most >= 0 else b""
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.splitlines(keepends=True)
    return [event for line in lines if (event := Event.from_line(line)) is not None], offset + len(whole)
