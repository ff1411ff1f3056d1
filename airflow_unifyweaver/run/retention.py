"""Retention: which runs in a storage are old, and how one is removed that nobody works on."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.run.directory import SUPERSEDED, RunDirectory
from airflow_unifyweaver.run.kept_windows import RunWindows
from airflow_unifyweaver.run.lock import is_locked, locked
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.sources.kept_window import KeptWindow

DEPTH = 3
"""So deep do runs stand in a storage: ``{dag_id}/{run_id}/{job}``; those of the command line less, ``{job}/{time}``."""
SETTLED_SECONDS = 600.0
"""A run without a result that changed so recently may be one that is planned just now, for which no lock is held."""
ITEM_LISTS = "*.items.jsonl"
"""The lists that ``@task.parallel_map`` hands to its jobs; they stand in the folder of the DAG run, beside the runs."""
_REMOVED = ".removed-"


@dataclass(frozen=True)
class StoredRun:
    """A run in a storage.

    :param run: its directory.
    :param series: what it is a run of: the job, or the DAG and the job.
    :param changed: when anything in it changed last, in seconds since 1970.
    :param size: its bytes.
    :param before: what has not changed since then may go.
    """

    run: RunDirectory
    series: tuple[str, ...]
    changed: float
    size: int
    before: float

    def is_in_use(self) -> bool:
        """Tell whether somebody works on it, or may be planning it."""
        planning = time.time() - self.changed < SETTLED_SECONDS and not (self.run.result / MARKER).exists()
        return planning or any(map(is_locked, _locks(self.run)))

    def holds_messages(self) -> bool:
        """Tell whether messages that it took off a queue are in no result yet, and so nowhere else.

        The run in whose place another one came is asked like any: the other has its messages only if it reads the same
        queue.
        """
        if (self.run.result / MARKER).exists():
            return False
        name, aside, _ = self.run.name.partition(SUPERSEDED)
        inherited = _pieces(RunDirectory(self.run.path.with_name(name))) if aside else set()
        return not _pieces(self.run) <= inherited

    def item_lists(self, gone: Collection[Path] = ()) -> list[Path]:
        """Return the lists that go with it, as no other run of its DAG run stays.

        One that was written lately stays: the DAG run was cleared, and is about to plan a run that reads it.

        :param gone: directories of runs that go as well.
        """
        folder = self.run.path.parent
        if not self._is_of_dag_run():
            return []
        others = {path for path in folder.iterdir() if path.is_dir()} - {self.run.path, *gone}
        return [] if others else [path for path in folder.glob(ITEM_LISTS) if path.lstat().st_mtime <= self.before]

    def remove(self) -> None:
        """Remove it, and what goes with it; nobody can begin to work on it meanwhile.

        :raises HeldError: when somebody works on it.
        :raises RunError: when it cannot be removed.
        """
        path = self.run.path
        aside = path.with_name(f"{_REMOVED}{path.name}")
        with ExitStack() as held:
            for lock in _locks(self.run):
                held.enter_context(locked(lock))
            with writing(path):
                path.rename(aside)
                shutil.rmtree(aside)
        if self._is_of_dag_run():
            with suppress(OSError):  # others may have removed it, or put something there
                for items in self.item_lists():
                    items.unlink()
                path.parent.rmdir()

    def _is_of_dag_run(self) -> bool:
        """Tell whether its folder is that of a DAG run, in which other jobs may have theirs."""
        return len(self.series) == DEPTH - 1


def old_runs(storage: Path, older_than: float, keep: int) -> list[StoredRun]:
    """Return the runs in a storage that may go, those of each series together, the oldest first.

    :param storage: a folder, in which no symbolic link is followed.
    :param older_than: seconds for which nothing in them has changed.
    :param keep: how many runs of each series stay, the latest ones, however old they are.
    """
    before = time.time() - older_than
    runs = sorted(_stored_runs(storage, before), key=lambda stored: (stored.series, stored.changed))
    together = [list(members) for _, members in groupby(runs, key=lambda stored: stored.series)]
    beyond = [stored for members in together for stored in members[: max(len(members) - keep, 0)]]
    return [stored for stored in beyond if stored.changed <= before]


def remove_remains(storage: Path) -> None:
    """Remove what is left of runs whose removal was stopped."""
    for path in _below(storage, DEPTH):
        if path.name.startswith(_REMOVED):
            shutil.rmtree(path, ignore_errors=True)


def _stored_runs(storage: Path, before: float) -> Iterator[StoredRun]:
    for path in _below(storage, DEPTH):
        run = RunDirectory(path)
        if run.job_file.is_file() and not path.name.startswith(_REMOVED):
            *above, name = path.relative_to(storage).parts
            job = [name.partition(SUPERSEDED)[0]] if len(above) == DEPTH - 1 else []
            changed, size = _state(path)
            yield StoredRun(run, (*above[:1], *job), changed, size, before)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the folders below one, but none that is in a run."""
    with os.scandir(folder) as entries:
        folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for path in folders:
        yield path
        if depth > 1 and not path.name.startswith(_REMOVED) and not RunDirectory(path).job_file.exists():
            yield from _below(path, depth - 1)


def _state(path: Path) -> tuple[float, int]:
    """Return when anything in a folder changed last, and the bytes of its files."""
    changed, size = 0.0, 0
    for folder, _, names in os.walk(path):
        for name in (".", *names):
            with suppress(FileNotFoundError):  # it was put in its place meanwhile, or is gone
                entry = Path(folder, name).lstat()
                changed, size = max(changed, entry.st_mtime), size + entry.st_size
    return changed, size


def _pieces(run: RunDirectory) -> set[str]:
    return set(KeptWindow(RunWindows(run).own()).pieces())


def _locks(run: RunDirectory) -> list[Path]:
    """Return what is locked by those who work on a run: on all of it, on a shard, or for a cluster."""
    return [path for place in ("lock", "shards/*/lock", "cluster/*/lock") for path in sorted(run.path.glob(place))]
