"""The journal: the append-only events of one shard, written by its coordinator and all its workers.

Every writer appends whole lines with one ``write`` to a descriptor opened for appending, which the kernel keeps apart
from all other appends; so no lock is needed, and what a killed writer has written stays.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import cannot_write, writing

_TYPE_PREFIXES = {event_type: b'{"event_type":"%s"' % event_type.encode() for event_type in EventType}


class Journal:
    """An open journal to append to.

    :param path: the ``journal.jsonl`` of a shard; made when it is not there.
    :raises RunError: when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, lines: bytes) -> None:
        """Append whole lines.

        A disk that fills up may take a part only. When there is space again by the next moment, another writer may have
        put its lines behind that part: so the line that was torn is written anew, not continued.

        :raises RunError: when they could not be written wholly, as on a full disk.
        """
        try:
            while (written := os.write(self._descriptor, lines)) < len(lines):
                lines = b"\n" + lines[lines.rfind(b"\n", 0, written) + 1 :]
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close_torn_line(self) -> None:
        """End a last line that an earlier writer left unfinished, so that the next one starts anew."""
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                self.append(b"\n")

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_events(path: Path, types: Container[EventType] = tuple(EventType)) -> Iterator[Event]:
    """Yield the whole, unaltered events of a journal in order.

    :param path: the journal; one that is not there has no events.
    :param types: yield these types only, which spares the decoding of all others.
    """
    if not path.exists():
        return
    skipped = tuple(prefix for event_type, prefix in _TYPE_PREFIXES.items() if event_type not in types)
    with path.open("rb") as file:
        for line in file:
            if line.startswith(skipped):
                continue
            event = Event.from_line(line)
            if event is not None and event.event_type in types:
                yield event
