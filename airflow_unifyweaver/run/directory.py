"""The run directory: where everything about a run stands, and how its parts are called."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from airflow_unifyweaver.exceptions import writing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SUPERSEDED = ".superseded-"
"""Stands in the name of a run's directory behind that of its job, when a fresh run has taken its place."""
_BATCH_PREFIX = "batch_"


def batch_id(index: int) -> str:
    """Return the name of a batch, such as ``batch_00042``."""
    return f"{_BATCH_PREFIX}{index:05d}"


def batch_index(name: str) -> int:
    """Return the number of a batch from its name."""
    return int(name[len(_BATCH_PREFIX) :])


@dataclass(frozen=True)
class ShardDirectory:
    """The part of a run directory that one mapped task instance works in.

    :param path: ``shards/0007`` of a run.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """The append-only events of the shard."""
        return self.path / "journal.jsonl"

    @property
    def segments(self) -> Path:
        """The folder of result files, one a worker process."""
        return self.path / "segments"

    @property
    def quarantine(self) -> Path:
        """The records and batches that were set aside, one a line."""
        return self.path / "quarantine.jsonl"

    @property
    def lock(self) -> Path:
        """The file that the process at work on the shard holds a lock on."""
        return self.path / "lock"


@dataclass(frozen=True)
class RunDirectory:
    """A run's directory; see :doc:`/reference/run-directory`.

    :param path: absolute path of the directory, which need not be there yet.
    :param url: where others see the run, when the directory is a local copy for this machine alone.
    """

    path: Path
    url: str | None = None

    @property
    def place(self) -> str:
        """The directory's path, or the run's URL: what people call it."""
        return self.url or str(self.path)

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.path.name

    @property
    def job_file(self) -> Path:
        """The resolved job, without secrets."""
        return self.path / "job.json"

    @property
    def plan_file(self) -> Path:
        """What the plan is about, written last: without it there is no plan."""
        return self.path / "plan" / "plan.json"

    @property
    def source_file(self) -> Path:
        """The source's manifest: its files and their versions."""
        return self.path / "plan" / "source.json"

    @property
    def batches_file(self) -> Path:
        """The batches, one a line, in order."""
        return self.path / "plan" / "batches.jsonl"

    @property
    def outcome_file(self) -> Path:
        """What becomes of a run that claims a part of a stream, written once; other runs have none."""
        return self.path / "outcome"

    @property
    def lock(self) -> Path:
        """The file that the process holds a lock on that leads the whole run; runs of Airflow have none."""
        return self.path / "lock"

    @property
    def spool(self) -> Path:
        """The folder of what has to be kept to read the source again: copies of what cannot be, indexes."""
        return self.path / "spool"

    @property
    def result(self) -> Path:
        """The folder of the published result."""
        return self.path / "result"

    @property
    def reduced(self) -> Path:
        """The folder of what an engine has made of committed results."""
        return self.path / "reduced"

    def shard(self, number: int) -> ShardDirectory:
        """Return the directory of a shard."""
        return ShardDirectory(self.path / "shards" / f"{number:04d}")


def superseded(place: str, exists: Callable[[str], bool]) -> str:
    """Return the first free place to set a run aside to.

    :param place: path or URL of its directory.
    :param exists: tells whether a place is taken.
    """
    return next(aside for number in count(1) if not exists(aside := f"{place}{SUPERSEDED}{number}"))


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears at its path whole, or not at all.

    It is written beside its place, made durable, and renamed; folders on the way are made.

    :param path: where the file shall stand; one that stands there already is replaced.
    :raises RunError: when it cannot be written, naming it and the reason.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.fchmod(descriptor, 0o644)
    try:
        with io.BufferedWriter(_NamedFile(descriptor, path)) as file:
            yield file
            file.flush()
            with writing(path):
                os.fsync(descriptor)
        with writing(path):
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_durable(folder: Path) -> None:
    """Have the system write down which files a folder has.

    :raises RunError: when it cannot.
    """
    with writing(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _NamedFile(io.FileIO):
    """A file whose writes fail with its final path; what its writer reads meanwhile fails as it does elsewhere."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "wb")
        self._path = path

    def write(self, data: ReadableBuffer, /) -> int:
        with writing(self._path):
            return super().write(data)
