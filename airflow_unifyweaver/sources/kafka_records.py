"""The records of the messages of a topic, with their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.grouping import Grouping
from airflow_unifyweaver.sources.kafka_batch import line_of, lines_manifest
from airflow_unifyweaver.sources.kafka_topic import Topic
from airflow_unifyweaver.sources.kafka_window import TopicWindow
from airflow_unifyweaver.sources.message_keys import JsonMessageKeys
from airflow_unifyweaver.sources.regroup import KeyedRecord
from airflow_unifyweaver.sources.text_keys import TextKeys, without_end

if TYPE_CHECKING:
    from confluent_kafka import Message

_LINE = re.compile(rb"[^\n]*\n")


class RecordKeys:
    """The records of a message by the value of a column.

    :param kind: what messages are, ``text`` or ``json``.
    :param grouping: the column.
    """

    def __init__(self, kind: str, grouping: Grouping) -> None:
        keys = JsonMessageKeys({}, None, grouping, Path()) if kind == "json" else TextKeys([], grouping, Path())
        self._key = keys.key
        self.kind = kind

    def records(self, topic: Topic, message: Message) -> Iterator[KeyedRecord]:
        """Yield the records of a message as lines.

        :raises SourceError: when one has no key, naming partition and offset.
        """
        place = topic.place(message.partition() or 0, message.offset() or 0)
        start = 0
        for line in _LINE.findall(line_of(message.value(), self.kind)):
            if self.kind == "text" or line.strip(b" \t\r\n"):
                yield self._key(place, start, without_end(line)), line
            start += len(line)


class WindowRecords:
    """The records of a window of a topic; a :class:`~airflow_unifyweaver.sources.regroup.KeyedRecords`.

    :param topic: the topic.
    :param window: which messages.
    :param keys: of their records.
    """

    def __init__(self, topic: Topic, window: TopicWindow, keys: RecordKeys) -> None:
        self._topic = topic
        self._window = window
        self._keys = keys

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all records, partition by partition.

        :raises SourceError: when one has no key.
        """
        for partition, start in self._window.starts.items():
            for message in self._topic.messages(partition, start, self._window.stops[partition]):
                yield from self._keys.records(self._topic, message)

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the records."""
        return lines_manifest(self._keys.kind, path)
