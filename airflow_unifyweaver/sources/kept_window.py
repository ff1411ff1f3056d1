"""Messages that were taken off a queue, kept durably in the run before the broker is told to forget them.

They stand in pieces, each of which appears whole: ``….messages`` has them as lines, and ``….properties`` what else is
known of them. A window that is closed gets no more; before that, a process in the place of one that died adds to it.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypedDict

from airflow_unifyweaver.exceptions import writing

_MESSAGES = ".messages"
_PROPERTIES = ".properties"
_CLOSED = "closed"


class KeptFolder(Protocol):
    """A folder of a run, wherever the run stands, in which a file appears whole and durable.

    :raises RunError: from every method, when that place cannot be used.
    """

    @property
    def path(self) -> Path:
        """The folder on this machine; where the run stands at a URL, that of a copy."""

    def files(self) -> list[str]:
        """Return the names of the files that are in it; none when there is no such folder."""

    def exists(self, name: str) -> bool:
        """Tell whether there is a file."""

    def read(self, name: str) -> bytes | None:
        """Return what is in a file, or None when there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place whole, and durably."""


class KeptWindows(Protocol):
    """The windows of the runs of a job, one a run."""

    def own(self) -> KeptFolder:
        """Return the folder of this run's window."""

    def inherited(self) -> Sequence[KeptFolder]:
        """Return those of the runs whose place this one has taken, the last one first."""

    def earlier(self) -> Sequence[KeptFolder]:
        """Return those of other runs of the job."""


class Message(NamedTuple):
    """A message of a queue.

    :param body: what it says, as it shall stand in a file.
    :param id: what its publisher calls it, if anything; bytes that are not UTF-8 are lone surrogates in it.
    :param time: when it was published, if it says so, or else taken off the queue; seconds since 1970.
    """

    body: bytes
    id: str | None
    time: float


class Properties(TypedDict):
    """What is known of the messages of a piece: their queue, and of each its id, if any, its time, and its bytes."""

    queue: str
    ids: list[str | None]
    times: list[float]
    sizes: list[int]


class KeptWindow:
    """The messages that a run has taken off a queue.

    :param folder: where they stand.
    """

    def __init__(self, folder: KeptFolder) -> None:
        self._folder = folder

    @property
    def is_closed(self) -> bool:
        """Whether it gets no more messages, and the broker knows that it may forget those that it has."""
        return self._folder.exists(_CLOSED)

    def pieces(self) -> list[str]:
        """Return the names of its pieces, in order."""
        return sorted(name.removesuffix(_MESSAGES) for name in self._folder.files() if name.endswith(_MESSAGES))

    def keep(self, queue: str, messages: Sequence[Message]) -> None:
        """Add a piece. When this returns, it is there whatever happens.

        :param queue: where the messages come from.
        :param messages: those of the piece.
        """
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"  # no other process makes the same
        properties = Properties(
            queue=queue,
            ids=[message.id for message in messages],
            times=[message.time for message in messages],
            sizes=[len(message.body) for message in messages],
        )
        self._folder.write(name + _PROPERTIES, json.dumps(properties).encode())
        self._folder.write(name + _MESSAGES, b"".join([message.body for message in messages]))

    def close(self) -> None:
        """Let it get no more messages."""
        self._folder.write(_CLOSED, b"")

    def is_of(self, queue: str) -> bool:
        """Tell whether it has messages, all of a queue."""
        pieces = self.pieces()
        return bool(pieces) and all(self.properties(piece)["queue"] == queue for piece in pieces)

    def inherit(self, other: KeptWindow) -> None:
        """Take over the messages of a window that a run had which is not to be published any more."""
        for piece in other.pieces():
            for name in (piece + _PROPERTIES, piece + _MESSAGES):
                self._folder.write(name, other._folder.read(name) or b"")
        if other.is_closed:
            self.close()

    def properties(self, piece: str) -> Properties:
        """Return what is known of the messages of a piece."""
        found: Properties = json.loads(self._folder.read(piece + _PROPERTIES) or b"")
        return found

    def file(self, piece: str) -> Path:
        """Return the file on this machine with the messages of a piece, which is fetched if need be."""
        file = self._folder.path / (piece + _MESSAGES)
        if not file.exists():
            part = file.with_suffix(".part")
            with writing(part):
                part.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(self._folder.read(file.name) or b"")
                part.replace(file)
        return file


def taken_at(piece: str) -> float:
    """Return when a piece was kept, in seconds since 1970."""
    return int(piece.partition("-")[0]) / 1e9
