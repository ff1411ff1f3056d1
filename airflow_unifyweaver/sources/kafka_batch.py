"""Reading a batch of the messages of a Kafka topic: their values become lines of a file in memory."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, cast

from airflow_unifyweaver.sources.base import Batch, Manifest, Recipe, Span
from airflow_unifyweaver.sources.batches import FileBatch
from airflow_unifyweaver.sources.json_text import UTF8
from airflow_unifyweaver.sources.kafka_topic import Topic, TopicEntry, open_topic
from airflow_unifyweaver.sources.memory_file import MemoryFile
from airflow_unifyweaver.sources.message_batch import JsonMessages, TextMessages
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.source_file import write_all


class MessageFile(MemoryFile):
    """Values of messages as lines; a newline ends each that does not end with one itself.

    :param topic: the topic's name.
    """

    def __init__(self, topic: str, lines: Sequence[bytes], places: Sequence[tuple[int, int]]) -> None:
        descriptor = os.memfd_create(topic)
        write_all(descriptor, b"".join(lines))
        super().__init__(f"topic {topic}", descriptor)
        self._places = places
        self._starts = array("Q")
        start = 0
        for line in lines:
            self._starts.append(start)
            start += len(line)

    def place(self, position: int) -> tuple[int, int]:
        """Return partition and offset of the message that has a byte."""
        return self._places[bisect_right(self._starts, position) - 1]


class _Values(FileBatch):
    """Values of messages, which Kafka knows by partition and offset."""

    _file: MessageFile

    def describe(self, record: Span) -> dict[str, Any]:
        """Return what a person needs to find and know a record; of its content only the beginning if it is long."""
        partition, offset = self._file.place(record[0])
        return super().describe(record) | {"partition": partition, "offset": offset}

    def _named(self, position: int) -> str:
        partition, offset = self._file.place(position)
        return f"{self._file.path}, partition {partition}, offset {offset}: the value"


class TextValues(_Values, TextMessages):
    """Values of messages as lines of text."""


class JsonValues(_Values, JsonMessages):
    """Values of messages as lines of JSON."""


class KafkaReader:
    """Opens batches of messages. Its consumer is made when the first is read, in the process that reads it."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        self._manifest = manifest
        self._spool = spool
        self._topic: Topic | None = None

    def __reduce__(self) -> tuple[type[Self], tuple[Manifest, Path]]:
        return type(self), (self._manifest, self._spool)

    def read(self, recipe: Recipe) -> Batch:
        """Read the messages of a batch: of a range of offsets, or of several.

        :raises SourceError: when Kafka has deleted messages since they were planned, or does not give them.
        """
        if self._topic is None:
            self._topic = open_topic(cast("TopicEntry", self._manifest))
        kind = self._manifest["format"]
        lines, places = [], []
        for part in recipe.get("parts", [recipe]):
            for message in self._topic.messages(part["file"], part["start"], part["stop"]):
                lines.append(line_of(message.value(), kind))
                places.append((part["file"], message.offset() or 0))
        file = MessageFile(self._topic.name, lines, places)
        return (JsonValues if kind == "json" else TextValues)(file, UTF8, [(0, file.size)])


def lines_manifest(kind: str, path: Path) -> Manifest:
    """Return the manifest of a file in the spool that has values as lines.

    :param kind: what they are, ``text`` or ``json``.
    """
    return {"type": "messages", "format": kind, "exact": True, "files": [spool_entry(path, UTF8.name)]}


def line_of(value: bytes | None, kind: str) -> bytes:
    """Return a value as a line; one of text that has newlines as several, one of JSON without them.

    In JSON a newline stands only where a blank may stand as well.

    :param value: absent where a message marks something as deleted.
    :param kind: ``text`` or ``json``.
    """
    if kind == "json":
        return (value or b"").replace(b"\n", b" ") + b"\n"
    return value if value and value.endswith(b"\n") else (value or b"") + b"\n"
