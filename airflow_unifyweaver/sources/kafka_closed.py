"""Records of a topic whose windows of event time are over, late messages being waited for (decision 0045).

They are not a range of offsets: between them stand records of windows that are not over, which a later run takes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import LATENESS
from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.kafka_ahead import Ahead
from airflow_unifyweaver.sources.kafka_batch import lines_manifest
from airflow_unifyweaver.sources.kafka_records import RecordKeys
from airflow_unifyweaver.sources.kafka_topic import Topic
from airflow_unifyweaver.sources.kafka_window import TopicWindow
from airflow_unifyweaver.sources.message_keys import UNREADABLE
from airflow_unifyweaver.sources.regroup import KeyedRecord
from airflow_unifyweaver.sources.windows import Windows
from airflow_unifyweaver.words import counted

if TYPE_CHECKING:
    from confluent_kafka import Message

    from airflow_unifyweaver.job.batch import Window

MOST_AHEAD = 60
"""By how many seconds clocks that set times may be ahead of Kafka's; nothing is waited for longer than that."""
_MILLION = 1_000_000
_MOMENTS = Windows(1 / _MILLION)

log = logging.getLogger(__name__)


def closed_before(window: Window) -> int:
    """Return which windows are over: those before this time, in microseconds after the epoch."""
    length = round(window.seconds * _MILLION)
    return int((time.time() - (window.lateness or 0)) * _MILLION) // length * length


class EventTimes:
    """When each record of a message happened.

    :param kind: what messages are, ``text`` or ``json``.
    :param grouping: the column with the times.
    """

    def __init__(self, kind: str, grouping: Grouping) -> None:
        self._keys = RecordKeys(kind, replace(grouping, key_of=_MOMENTS.key))
        self.kind = kind
        self.column = grouping.column

    def records(self, topic: Topic, message: Message) -> Iterator[tuple[int, int, bytes]]:
        """Yield the records of a message as lines: when each happened, and when it is due, in microseconds.

        A record is due when it happened. One that comes from further in the future than clocks may differ is due as if
        it came from there, for else it would keep what is behind it from ever being left behind. What is not JSON
        happened when Kafka says.

        :raises SourceError: when a record has no time.
        """
        seconds = message.timestamp()[1] // 1000
        latest = (seconds + MOST_AHEAD) * _MILLION
        for key, line in self._keys.records(topic, message):
            moment = seconds * _MILLION if key == UNREADABLE else _MOMENTS.start(key)
            yield moment, min(moment, latest), line


class ClosedRecords:
    """The records that a run takes, with the windows they are in; a
    :class:`~airflow_unifyweaver.sources.regroup.KeyedRecords`.

    :param topic: the topic.
    :param unread: all that there is of it, with what is published already.
    :param times: when records happened.
    :param window: the job's windows.
    :param before: what is due before this time is taken, in microseconds after the epoch.
    """

    def __init__(self, topic: Topic, unread: TopicWindow, times: EventTimes, window: Window, before: int) -> None:
        self._topic = topic
        self._unread = unread
        self._times = times
        self._windows = Windows(window.seconds)
        column, aheads = times.column, unread.ahead.values()
        self._published = max((ahead.before for ahead in aheads if ahead.column == column), default=None)
        self._before = before if self._published is None else max(before, self._published)
        self._first_left: dict[int, int] = {}
        self._late = self._early = 0

    def records(self) -> Iterator[KeyedRecord]:
        """Yield the records of windows that are over, and that no run has published.

        :raises SourceError: when a record has no time.
        """
        for partition, start in self._unread.starts.items():
            for message in self._topic.messages(partition, start, self._unread.stops[partition]):
                yield from self._due(partition, message)

    def begins(self) -> bool:
        """Tell whether there is something to take at the first message of a partition."""
        firsts = (
            next(self._topic.messages(number, start, self._unread.stops[number]), None)
            for number, start in self._unread.starts.items()
        )
        return any(message is not None and not self._is_left(message) for message in firsts)

    def taken(self) -> TopicWindow:
        """Return what was taken, when all records were yielded."""
        stops = self._unread.stops | self._first_left
        ahead = {number: Ahead(end, self._before, self._times.column) for number, end in self._unread.stops.items()}
        return replace(self._unread, stops=stops, then_ahead=ahead)

    def report(self) -> None:
        """Log how many records were taken that a window of an earlier or of a later run will lack."""
        if self._late:
            log.warning(
                "%s: %s came later than %s allows; the windows they belong to were in earlier results without them",
                self._topic.name,
                counted(self._late, "record"),
                LATENESS,
            )
        if self._early:
            log.warning(
                "%s: %s with a time more than %d s after the one that Kafka has; they were not held back until then",
                self._topic.name,
                counted(self._early, "record"),
                MOST_AHEAD,
            )

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the records."""
        return lines_manifest(self._times.kind, path)

    def _is_left(self, message: Message) -> bool:
        try:
            return any(due >= self._before for _, due, _ in self._times.records(self._topic, message))
        except SourceError:
            return False  # the run will fail, and say why

    def _due(self, partition: int, message: Message) -> Iterator[KeyedRecord]:
        offset = message.offset() or 0
        ahead = self._unread.ahead.get(partition)
        for moment, due, line in self._times.records(self._topic, message):
            if due >= self._before:
                self._first_left.setdefault(partition, offset)
            elif ahead is None or not ahead.has(offset, due):
                self._late += self._published is not None and due < self._published
                self._early += due < moment
                yield self._windows.key_at(moment), line
