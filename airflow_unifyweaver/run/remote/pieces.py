"""Pieces: what a shard wrote since the last one, as one file; in order they are its journal and its results.

A piece of a number can be made once only. So whoever has read all pieces and makes the next one goes on from where the
shard is, and anybody else who works on the shard finds that out with the next piece of their own.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.remote.store import PART_BYTES, Store

FOLDER = "pieces"
HEAD_BYTES = 64 << 10
"""How much of a piece is read first, in which its header and its part of the journal mostly are."""


class TakenOverError(RunError):
    """Another process has taken over the shard, and has gone on from the last piece that is there."""


class Range(NamedTuple):
    """A part of a segment: the segment's name, the first byte, and how many there are."""

    segment: str
    offset: int
    length: int


@dataclass(frozen=True)
class Piece:
    """What is known of a piece without its results.

    :param name: name of its file.
    :param owner: who made it.
    :param journal: whole lines of the journal.
    :param ranges: the results in it, one after another.
    :param results_start: where they begin in it.
    """

    name: str
    owner: dict[str, Any]
    journal: bytes
    ranges: list[Range]
    results_start: int

    @property
    def size(self) -> int:
        """Bytes of the whole piece."""
        return self.results_start + sum(part.length for part in self.ranges)


def _identity() -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@dataclass
class Pieces:
    """The pieces of a shard.

    :param store: the shard's folder.
    :param owner: whoever makes pieces from here.
    :param known: the pieces that were read or made so far.
    :param next: number of the next one.
    """

    store: Store
    owner: dict[str, Any] = field(default_factory=_identity)
    known: list[Piece] = field(default_factory=list)
    next: int = 0

    def read_new(self) -> Iterator[bytes]:
        """Yield the journals of the pieces that came since the last time; what is no whole piece was never made."""
        for name, size in self.store.listing(FOLDER).items():
            if not name.isdecimal() or int(name) < self.next:
                continue
            piece = self._read(name, size)
            self.next = int(name) + 1
            if piece is not None and piece.size == size:
                yield piece.journal
                self.known.append(replace(piece, journal=b""))

    def make(self, journal: bytes = b"", ranges: Sequence[Range] = (), results: Sequence[bytes] = ()) -> Piece:
        """Make the next piece.

        :param journal: whole lines of the journal.
        :param ranges: the results in it.
        :param results: the bytes of each.
        :return: the piece; another one, when that had been made here though its server denied it.
        :raises TakenOverError: when somebody else has made it.
        """
        name = f"{self.next:09d}"
        fields = {"owner": self.owner, "journal": len(journal), "ranges": list(ranges)}
        header = json.dumps(fields).encode() + b"\n"
        piece = Piece(name, self.owner, journal, list(ranges), len(header) + len(journal))
        if not self.store.put_new(f"{FOLDER}/{name}", b"".join([header, journal, *results])):
            piece = self._made_here(name)
        self.known.append(replace(piece, journal=b""))
        self.next += 1
        return piece

    def results(self, piece: Piece, start: int, stop: int) -> Iterator[bytes]:
        """Yield some of the results in a piece, in parts; the places are counted from the first result's begin."""
        for begin in range(piece.results_start + start, piece.results_start + stop, PART_BYTES):
            end = min(begin + PART_BYTES, piece.results_start + stop)
            yield self.store.read_part(f"{FOLDER}/{piece.name}", begin, end)

    def _read(self, name: str, size: int) -> Piece | None:
        path = f"{FOLDER}/{name}"
        head = self.store.read_part(path, 0, min(size, HEAD_BYTES))
        line, newline, rest = head.partition(b"\n")
        if not newline:  # a header of thousands of segments
            line, _, rest = self.store.read_part(path, 0, size).partition(b"\n")
        try:
            fields = json.loads(line)
            ranges = [Range(*values) for values in fields["ranges"]]
            owner, length = fields["owner"], fields["journal"]
        except (ValueError, TypeError, KeyError):
            return None
        end = min(len(line) + 1 + length, size)
        journal = rest[:length] + self.store.read_part(path, len(line) + 1 + len(rest), end)
        return Piece(name, owner, journal, ranges, len(line) + 1 + length)

    def _made_here(self, name: str) -> Piece:
        """Return a piece that is there already, if it came from here.

        :raises TakenOverError: when it did not.
        """
        size = self.store.listing(FOLDER).get(name, 0)
        piece = self._read(name, size)
        if piece is None or piece.owner != self.owner:
            who = piece.owner if piece else {"host": "another machine", "since": "?"}
            raise TakenOverError(
                f"{self.store.url}: another process, on {who['host']} since {who['since']}, has taken over this shard "
                "and goes on from the last checkpoint; this one stops"
            )
        return piece
