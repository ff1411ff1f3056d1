"""The results of a run at a URL: got for publishing one shard at a time, and put there when they are published."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import DamagedResultsError, writing
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lock import HeldError, locked
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.remote.addresses import checked_url
from airflow_unifyweaver.run.remote.store import Store

if TYPE_CHECKING:
    from airflow_unifyweaver.run.remote.checkpoints import RemoteCheckpoints
    from airflow_unifyweaver.run.remote.pieces import Piece


@contextmanager
def results_of(run: RunDirectory) -> Iterator[Callable[[int], None]]:
    """Yield what makes the results of a shard be here, given its number; those of one shard are got at a time.

    When they turn out to be damaged, the URL hears of that as well.
    """
    if run.url is None:
        yield lambda _: None
        return
    fetched = _FetchedResults(run)
    try:
        yield fetched.fetch
    except DamagedResultsError:
        fetched.send()
        raise
    finally:
        fetched.clear()


def send_result(run: RunDirectory, file: Path) -> None:
    """Put a published result at the URL of its run, the marker last.

    :param file: the result's.
    :raises RunError: when it cannot be put there.
    """
    if run.url is None:
        return
    store = Store(f"{run.url}/{run.result.name}")
    store.remove(MARKER)
    store.put_file(file.name, file)
    store.put_file(MARKER, run.result / MARKER)


@contextmanager
def output_file(place: str) -> Iterator[Path]:
    """Yield the path to write a file to that is to stand at a path or a URL.

    :raises RunError: when it cannot be put there.
    """
    if "://" not in place:
        yield Path(place)
        return
    from tempfile import TemporaryDirectory

    folder, _, name = checked_url(place).rpartition("/")
    with TemporaryDirectory(prefix="unifyweaver-") as temporary:
        file = Path(temporary) / name
        yield file
        Store(folder).put_file(name, file)


class _FetchedResults:
    """The results of the last shard that they were asked for.

    :param run: the run.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._checkpoints: RemoteCheckpoints | None = None
        self._fetched: set[Path] = set()

    def fetch(self, number: int) -> None:
        """Get the journal of a shard, and of its results what is not here; what was got before is removed."""
        from airflow_unifyweaver.run.remote.checkpoints import RemoteCheckpoints

        self.clear()
        directory = self._run.shard(number)
        with suppress(HeldError), locked(directory.lock):
            self._checkpoints = checkpoints = RemoteCheckpoints(self._run, number)
            checkpoints.fetch()
            for piece in checkpoints.pieces.known:
                self._fetch_piece(checkpoints, piece, directory.segments)

    def send(self) -> None:
        """Send what was written to the journal of the shard."""
        if self._checkpoints is not None:
            self._checkpoints.send()

    def clear(self) -> None:
        """Remove what was got."""
        for segment in self._fetched:
            segment.unlink(missing_ok=True)
        self._fetched.clear()

    def _fetch_piece(self, checkpoints: RemoteCheckpoints, piece: Piece, folder: Path) -> None:
        begin = 0
        for name, offset, length in piece.ranges:
            segment = folder / Path(name).name
            if segment in self._fetched or not segment.exists() or segment.stat().st_size < offset + length:
                self._fetched.add(segment)
                _write(segment, offset, checkpoints.pieces.results(piece, begin, begin + length))
            begin += length


def _write(segment: Path, offset: int, parts: Iterable[bytes]) -> None:
    with writing(segment):
        segment.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(segment, os.O_WRONLY | os.O_CREAT, 0o644), "wb") as file:
            file.seek(offset)
            file.writelines(parts)
