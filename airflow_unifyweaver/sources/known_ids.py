"""The ids of messages that were taken off a queue before, and that the broker may deliver again all the same."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import cached_property

from airflow_unifyweaver.sources.kept_window import KeptWindow, taken_at

log = logging.getLogger(__name__)

FORGOTTEN_SECONDS = 600.0
"""A broker that crashes has forgotten acknowledgements of its last seconds at most; so long is on the safe side."""


class KnownIds:
    """The ids of the messages of windows, in a file without a name, so that memory does not grow with them.

    Of windows that are not closed, all are known. Of others only those are that were taken within
    :data:`FORGOTTEN_SECONDS` before the latest of all: the broker was at work after the rest was acknowledged.

    :param queue: messages of other queues are passed over.
    :param windows: finds the windows; it is called when the first message comes that may have been taken before.
    """

    def __init__(self, queue: str, windows: Callable[[], Sequence[KeptWindow]]) -> None:
        self._queue = queue
        self._windows = windows
        self._connection = sqlite3.connect("")
        self.dropped = 0
        self.doubtful = 0

    def was_taken(self, message_id: str | None) -> bool:
        """Tell whether a message that is delivered again was taken before. Of one without an id, nobody can tell."""
        some_have_none = self._loaded
        if message_id is None:
            self.doubtful += some_have_none
            return False
        found = self._connection.execute("SELECT 1 FROM ids WHERE id = ?", (_bytes(message_id),)).fetchone()
        self.dropped += found is not None
        return found is not None

    def close(self) -> None:
        """Forget them."""
        self._connection.close()

    @cached_property
    def _loaded(self) -> bool:
        """Load the ids, and return whether there are messages without one."""
        self._connection.execute("CREATE TABLE ids (id BLOB PRIMARY KEY) WITHOUT ROWID")
        pieces = [(window, piece, window.is_closed) for window in self._windows() for piece in window.pieces()]
        latest = max((taken_at(piece) for _, piece, _ in pieces), default=0.0)
        candidates = [
            (window, piece)
            for window, piece, is_closed in pieces
            if not is_closed or taken_at(piece) >= latest - FORGOTTEN_SECONDS
        ]
        without = [self._load(window, piece) for window, piece in candidates]
        return any(without)

    def _load(self, window: KeptWindow, piece: str) -> bool:
        """Load the ids of a piece, and return whether some of its messages have none."""
        properties = window.properties(piece)
        if properties["queue"] != self._queue:
            return False
        ids = ((_bytes(message_id),) for message_id in properties["ids"] if message_id is not None)
        self._connection.executemany("INSERT OR IGNORE INTO ids VALUES (?)", ids)
        return None in properties["ids"]


def _bytes(message_id: str) -> bytes:
    """Return the bytes of an id, which SQLite takes where text may not be UTF-8."""
    return message_id.encode("utf-8", "surrogateescape")
