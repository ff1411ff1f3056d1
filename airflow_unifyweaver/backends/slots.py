"""One worker slot, as the coordinator's side sees it: its socket and the queue of tickets before it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence

from airflow_unifyweaver.run.backend import Ticket


class Slot:
    """A slot: a number that stays, and a process that comes up, works and may be killed.

    :param number: from 1.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.queue: deque[Ticket] = deque()
        self.connection: socket.socket | None = None
        self.pid = 0
        self.since = time.monotonic()
        self.unread = b""
        self.killed_because = ""

    def give(self, tickets: Sequence[Ticket]) -> None:
        """Queue tickets; the slot gets them now, or as soon as it is up."""
        if not self.queue:
            self.since = time.monotonic()
        self.queue.extend(tickets)
        self._send(_lines(tickets))

    def connect(self, connection: socket.socket, pid: int, spec: bytes) -> None:
        """Take the connection of the started process, and send it what it needs and what is queued."""
        self.connection, self.pid, self.since = connection, pid, time.monotonic()
        self._send(spec + _lines(self.queue))

    def read(self) -> list[bytes] | None:
        """Return the whole lines that have come in, or None at the end of the connection."""
        if self.connection is None:
            return None
        try:
            data = self.connection.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            return None
        *lines, self.unread = (self.unread + data).split(b"\n")
        return lines

    def is_working(self) -> bool:
        """Tell whether the process is up, has something to do, and was not killed already."""
        return self.connection is not None and bool(self.queue) and not self.killed_because

    def idle_seconds(self) -> float:
        """Return for how long a slot that is up has had nothing to do."""
        return time.monotonic() - self.since

    def next(self) -> None:
        """Drop the ticket that is done; the next one begins."""
        self.queue.popleft()
        self.since = time.monotonic()

    def kill(self, because: str = "") -> None:
        """Kill the slot's process and all that it started."""
        self.killed_because = self.killed_because or because
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _send(self, data: bytes) -> None:
        if self.connection is not None:
            # When the process is gone, the end of its connection is about to be read, and its tickets go to others.
            with contextlib.suppress(ConnectionError):
                self.connection.sendall(data)


def _lines(tickets: Iterable[Ticket]) -> bytes:
    return b"".join(ticket.to_line() for ticket in tickets)
