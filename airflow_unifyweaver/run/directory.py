"""The run directory: where everything about a run stands, and how its parts are called."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from airflow_unifyweaver.exceptions import writing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
    """

    path: Path

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
    def spool(self) -> Path:
        """The folder of what has to be kept to read the source again: copies of what cannot be, indexes."""
        return self.path / "spool"

    @property
    def result(self) -> Path:
        """The folder of the published result."""
        return self.path / "result"

    def shard(self, number: int) -> ShardDirectory:
        """Return the directory of a shard."""
        return ShardDirectory(self.path / "shards" / f"{number:04d}")


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears at its path whole, or not at all.

    It is written beside its place, made durable, and renamed; folders on the way are made.

    :param path: where the file shall stand; one that stands there already is replaced.
    :raises RunError: when it cannot be written, naming it and the reason.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with io.BufferedWriter(_NamedFile(descriptor, path)) as file:
            yield file
            file.flush()
            with writing(path):
                os.fsync(descriptor)
        with writing(path):
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class _NamedFile(io.FileIO):
    """A file whose writes fail with its final path; what its writer reads meanwhile fails as it does elsewhere."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "wb")
        self._path = path

    def write(self, data: ReadableBuffer, /) -> int:
        with writing(self._path):
            return super().write(data)
