"""More than fits in memory, in order: sorted runs are written to disk one by one, and merged in the end.

Entries that are in one place when sorted keep the order in which they were added.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import IO, Generic, NamedTuple, Self, TypeVar

from airflow_unifyweaver.exceptions import writing

MAX_RUNS_MERGED = 64
"""How many files are merged at once, and so are open at a time for each level of merging."""

Entry = TypeVar("Entry")


class Form(NamedTuple, Generic[Entry]):
    """How entries stand on disk, and how runs of them make one.

    :param dump: returns the bytes that hold an entry.
    :param load: reads all entries of a file to its end.
    :param merge: takes sorted runs, in the order in which they were added, and yields their entries in order.
    """

    dump: Callable[[Entry], bytes]
    load: Callable[[IO[bytes]], Iterator[Entry]]
    merge: Callable[..., Iterator[Entry]]


class _Run(NamedTuple):
    level: int
    file: IO[bytes]


class SortedRuns(Generic[Entry]):
    """Sorted runs of entries, in files that vanish with the process even when it is killed.

    :param form: what the entries are like.
    :param folder: where the files stand; the system's folder for temporary files when None.
    """

    def __init__(self, form: Form[Entry], folder: Path | None = None) -> None:
        self._form = form
        self._folder = folder
        self._runs: list[_Run] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._writing(), ExitStack() as files:  # what could not be written is tried again by closing
            for run in self._runs:
                files.enter_context(run.file)

    def add(self, entries: Iterable[Entry], level: int = 0) -> None:
        """Write a run of sorted entries; as soon as there are many of a level, make them one run of the next level.

        :raises RunError: when it cannot be written.
        """
        with self._writing():
            file = tempfile.TemporaryFile(prefix="unifyweaver-", dir=self._folder)  # noqa: SIM115, closed on exit
            self._runs.append(_Run(level, file))
            file.writelines(map(self._form.dump, entries))
            file.flush()
        latest = self._runs[-MAX_RUNS_MERGED:]
        if len(latest) == MAX_RUNS_MERGED and latest[0].level == level:  # levels never rise along the list
            self._unite(latest, level + 1)

    def merged_with(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """Return the entries of all runs and then those given, in order."""
        if not self._runs:
            return entries
        return self._merged(self._runs, entries)

    def _unite(self, runs: list[_Run], level: int) -> None:
        with ExitStack() as files:
            for run in runs:
                files.enter_context(run.file)
            del self._runs[-len(runs) :]
            self.add(self._merged(runs, ()), level)

    def _merged(self, runs: list[_Run], entries: Iterable[Entry]) -> Iterator[Entry]:
        return self._form.merge(*map(self._read, runs), iter(entries))

    def _read(self, run: _Run) -> Iterator[Entry]:
        run.file.seek(0)
        return self._form.load(run.file)

    def _writing(self) -> AbstractContextManager[None]:
        return writing(f"temporary files in {self._folder or tempfile.gettempdir()}")
