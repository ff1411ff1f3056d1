"""Checkpoints at a URL: pieces that are sent every few seconds while a shard is worked on, and when that ends."""

from __future__ import annotations

import filecmp
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import RunError, UnifyWeaverError, writing
from airflow_unifyweaver.run.backend import Backend, Report, SlotSettings, Ticket, WorkerSpec
from airflow_unifyweaver.run.checkpoints import Checkpoints
from airflow_unifyweaver.run.directory import RunDirectory, atomic_file
from airflow_unifyweaver.run.plan import Shard
from airflow_unifyweaver.run.remote.pieces import Piece, Pieces, Range, TakenOverError
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.worker import describe

CHECKPOINT_SECONDS = 5.0
"""How often what was written is sent: so much work is lost with a machine at most, besides batches under way."""
PIECE_BYTES = 16 << 20
"""A piece is closed with the batch whose results make it larger than this."""
MAX_FAILURES = 3
"""So many checkpoints in a row may fail before the work is given up."""
CHECK_SECONDS = 1.0
"""How often to look whether checkpoints can still be made."""

log = logging.getLogger(__name__)


class RemoteCheckpoints(Checkpoints):
    """Checkpoints of a shard of a run at a URL. The URL is the truth: what a local copy has beyond it is given up.

    :attr:`pieces` are those that it knows.

    :param run: the run.
    :param number: the shard's number.
    """

    def __init__(self, run: RunDirectory, number: int) -> None:
        self._run = run
        self._directory = run.shard(number)
        self._store = Store(f"{run.url}/shards/{number:04d}")
        self.pieces = Pieces(self._store)
        self._sent = 0
        self._ends: dict[str, int] = {}

    def fetch(self) -> None:
        """Make the local journal of the pieces."""
        self.pieces = Pieces(self._store)
        copy = self._directory.journal.with_suffix(".fetched")
        with atomic_file(copy) as file:
            file.writelines(self.pieces.read_new())
        self._sent = copy.stat().st_size
        journal = self._directory.journal
        with writing(journal):
            if journal.exists() and filecmp.cmp(copy, journal, shallow=False):
                copy.unlink()
            else:
                copy.replace(journal)

    def take_over(self, shard: Shard) -> bool:
        """Make an empty piece, which shuts out who worked on the shard before, and get the shard's part of the plan."""
        try:
            self.pieces.make()
        except TakenOverError:
            with writing(self._directory.journal), self._directory.journal.open("ab") as journal:
                journal.writelines(self.pieces.read_new())
                self._sent = journal.tell()
            return False
        fetch_batches(self._run, shard)
        return True

    @contextmanager
    def sent_while(self, backend: Backend) -> Iterator[Backend]:
        """Send pieces from a thread of its own; that starts after the backend has forked its processes."""
        sender = _Sender(self)
        try:
            yield _WatchedBackend(backend, sender)
        except BaseException:
            try:
                sender.close()
            except UnifyWeaverError as error:  # the other one is what ended the work
                log.warning("no last checkpoint: %s", error)
            raise
        sender.close()

    def send(self) -> None:
        """Send what was written since the last piece; results are in the piece whose part of the journal names them."""
        if self._directory.quarantine.exists():
            self._store.put_file(self._directory.quarantine.name, self._directory.quarantine)
        with self._directory.journal.open("rb") as file:
            file.seek(self._sent)
            while lines := _whole_lines(file.read(PIECE_BYTES) + file.readline()):
                piece = self._make_piece(*_for_one_piece(lines, self._ends))
                self._ends |= {segment: offset + length for segment, offset, length in piece.ranges}
                self._sent += len(piece.journal)
                file.seek(self._sent)

    def _make_piece(self, lines: bytes, ends: dict[str, int]) -> Piece:
        ranges, results = [], []
        for segment, end in ends.items():
            start = self._ends.get(segment, 0)
            data = _read(self._directory.segments / segment, start, end)
            ranges.append(Range(segment, start, len(data)))
            results.append(data)
        return self.pieces.make(lines, ranges, results)


class _Sender:
    """The thread that sends.

    :param checkpoints: what sends.
    """

    def __init__(self, checkpoints: RemoteCheckpoints) -> None:
        self._checkpoints = checkpoints
        self._failures = 0
        self._ended = threading.Event()
        self.error: UnifyWeaverError | None = None
        self._thread = threading.Thread(target=self._send_regularly, name="checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and send what is left.

        :raises RunError: when it cannot be sent, or could not before.
        """
        self._ended.set()
        self._thread.join()
        if self.error is not None:
            raise self.error
        self._checkpoints.send()

    def _send_regularly(self) -> None:
        while self.error is None and not self._ended.wait(CHECKPOINT_SECONDS):
            try:
                self._checkpoints.send()
                self._failures = 0
            except TakenOverError as error:
                self.error = error
            except UnifyWeaverError as error:
                self._failures += 1
                self.error = error if self._failures == MAX_FAILURES else None
                log.warning("no checkpoint: %s", error)
            except BaseException as error:  # nobody else would hear of it
                self.error = RunError(f"no checkpoint can be made: {describe(error)}")


class _WatchedBackend:
    """A backend that is stopped when checkpoints can no longer be made.

    :param backend: the backend.
    :param sender: who makes them.
    """

    def __init__(self, backend: Backend, sender: _Sender) -> None:
        self._backend = backend
        self._sender = sender

    def init(self, spec: WorkerSpec, settings: SlotSettings) -> None:
        """Start the slots."""
        self._backend.init(spec, settings)

    def capacity(self) -> int:
        """Return how many more tickets the slots can use now."""
        return self._backend.capacity()

    def submit(self, tickets: Sequence[Ticket]) -> None:
        """Hand tickets to slots."""
        self._backend.submit(tickets)

    def wait(self, timeout: float | None) -> list[Report]:
        """Return what has happened.

        :raises RunError: why checkpoints cannot be made.
        """
        reports = self._backend.wait(CHECK_SECONDS if timeout is None else min(timeout, CHECK_SECONDS))
        if self._sender.error is not None:
            raise self._sender.error
        return reports

    def shutdown(self) -> None:
        """Stop all that was started."""
        self._backend.shutdown()


def fetch_batches(run: RunDirectory, shard: Shard) -> None:
    """Get a shard's lines of the file of batches, to where they stand in it, unless they are there."""
    stop = shard.offset + shard.length
    with writing(run.batches_file):
        run.batches_file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(run.batches_file, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            file.seek(shard.offset)
            lines = file.read(shard.length)
            if len(lines) < shard.length or b"\0" in lines:  # as a file has where nothing was written
                file.seek(shard.offset)
                file.write(Store(str(run.url)).read_part("plan/batches.jsonl", shard.offset, stop))


def _whole_lines(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def _for_one_piece(lines: bytes, ends: dict[str, int]) -> tuple[bytes, dict[str, int]]:
    """Return as many lines as make a piece, and where the results that they name end in each segment.

    :param ends: where those end that are in earlier pieces.
    """
    named: dict[str, int] = {}
    length = 0
    for line in lines.splitlines(keepends=True):
        length += len(line)
        event = Event.from_line(line) if line.startswith(_COMPLETE) else None
        if event is not None:
            commit = Commit.from_payload(event.payload)
            named[commit.segment] = max(named.get(commit.segment, 0), commit.offset + commit.length)
            if sum(end - ends.get(segment, 0) for segment, end in named.items()) >= PIECE_BYTES:
                break
    return lines[:length], named


def _read(segment: Path, start: int, stop: int) -> bytes:
    """Return part of a segment, or as much of it as there is: whoever reads the results finds what is missing."""
    try:
        with segment.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)
    except FileNotFoundError:
        return b""


_COMPLETE = b'{"event_type":"%s"' % EventType.BATCH_COMPLETE.encode()
