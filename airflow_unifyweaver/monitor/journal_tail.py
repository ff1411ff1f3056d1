"""Reading a journal on from where the last look at it ended."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import batch_index

CHUNK_BYTES = 1 << 16
_HEAD = re.compile(
    rb'\{"event_type":"(\w+)","timestamp":"([^"]+)","source":"([^"]+)","batch_id":(?:"batch_(\d+)"|null),'
)
_PAYLOAD = b'"payload":'
_AFTER_PAYLOAD = b',"run_id":'
_CHECKSUM_LENGTH = len(b',"crc32":"00000000"}\n')
_FIRST_READY = b'{"event_type":"batch_ready"'
_NOTHING = b'"payload":{},"run_id"'


class JournalEvent(NamedTuple):
    """What is kept of a journal's line.

    :param place: where the line begins in the journal, in bytes.
    :param kind: the type of event.
    :param time: when, in seconds since 1970.
    :param source: the component that saw it.
    :param batch: number of the batch; -1 for an event of the whole shard.
    :param attempt: which attempt at the batch.
    :param payload: of the event.
    """

    place: int
    kind: str
    time: float
    source: str
    batch: int
    attempt: int
    payload: dict[str, Any]


class JournalTail:
    """The part of a journal that was not read yet.

    :param path: the journal, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.offset = 0
        self.size = 0

    @property
    def replaced(self) -> bool:
        """Whether this is no longer the journal that was read: there is less of it than there was."""
        return self.size < self.offset

    @property
    def behind(self) -> bool:
        """Whether there was more, when :meth:`look` was called, than is read."""
        return self.size > self.offset

    def look(self) -> None:
        """Find out how long the journal is by now."""
        self.size = self._path.stat().st_size if self._path.exists() else 0

    def read(self) -> Iterator[JournalEvent]:
        """Yield the events of the next chunk; a last line that is not whole yet is left for the next time."""
        place, lines = self._chunk()
        for line in lines:
            event = parse_line(line, place)
            if event is not None:
                yield event
            place += len(line)

    def _chunk(self) -> tuple[int, list[bytes]]:
        place, length = self.offset, CHUNK_BYTES
        with self._path.open("rb") as file:
            while True:
                file.seek(place)
                data = file.read(length)
                end = data.rfind(b"\n") + 1
                if end or len(data) < length:
                    break
                length *= 2
        if not end:
            self.size = place
        self.offset = place + end
        return place, data[:end].splitlines(keepends=True)


def event_at(path: Path, place: int) -> JournalEvent | None:
    """Return the event whose line begins at a place of a journal, or None when there is none any more."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(place)
        return parse_line(file.readline(), place)


def parse_line(line: bytes, place: int) -> JournalEvent | None:
    """Return the event of a line; None when it tells nothing new, or is torn or altered.

    Most lines of a journal pass through here in each process that shows it, so it is four times as fast as
    :meth:`Event.from_line`, which is left for lines of another form.
    """
    if line.startswith(_FIRST_READY) and _NOTHING in line:
        return None
    head = _HEAD.match(line)
    if head is None or not _is_whole(line):
        return _parse_odd(line, place)
    kind, timestamp, source, number = head.groups()
    payload, _, rest = line[head.end() + len(_PAYLOAD) :].rpartition(_AFTER_PAYLOAD)
    return JournalEvent(
        place,
        kind.decode(),
        datetime.fromisoformat(timestamp.decode()).timestamp(),
        source.decode(),
        -1 if number is None else int(number),
        int(rest[rest.rindex(b":", 0, -_CHECKSUM_LENGTH) + 1 : -_CHECKSUM_LENGTH]),
        {} if payload == b"{}" else json.loads(payload),
    )


def _is_whole(line: bytes) -> bool:
    return line[-_CHECKSUM_LENGTH:] == b',"crc32":"%08x"}\n' % zlib.crc32(line[:-_CHECKSUM_LENGTH])


def _parse_odd(line: bytes, place: int) -> JournalEvent | None:
    event = Event.from_line(line)
    if event is None or (event.event_type == EventType.BATCH_READY and not event.payload):
        return None
    index = -1 if event.batch_id is None else batch_index(event.batch_id)
    time = datetime.fromisoformat(event.timestamp).timestamp()
    return JournalEvent(place, event.event_type, time, event.source, index, event.attempt, event.payload)
