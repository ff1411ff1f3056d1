"""Copies of runs at URLs to look at: as much of a run as its monitor reads, brought up to date in the background."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor.monitors import MOST_RUNS
from airflow_unifyweaver.monitor.refreshed import LoadingError, Refreshed
from airflow_unifyweaver.run.directory import RunDirectory, atomic_file
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.remote.journals import POLL_SECONDS, JournalFollower
from airflow_unifyweaver.run.remote.store import Store

LASTING_SECONDS = 30.0
"""A copy that is older is not shown: a run would seem to have stopped that has gone on."""


class Mirror:
    """A copy of a run as it was planned at some time; its folder goes with it.

    :param run: the run at a URL.
    :param planned: when it was planned, in seconds since 1970.
    """

    def __init__(self, run: RunDirectory, planned: float) -> None:
        folder = Path(tempfile.mkdtemp(prefix="unifyweaver-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.planned = planned
        self._copy = RunDirectory(folder / run.name, run.url)
        self._store = Store(str(run.url))
        self._follower = JournalFollower(self._copy)
        self._marker: bytes | None = None
        self._progress = ""
        self._refreshed = Refreshed(self._refresh, POLL_SECONDS, lasting=LASTING_SECONDS)

    def copy(self) -> RunDirectory:
        """Return the copy, which is some seconds behind.

        :raises LoadingError: when it is not there yet, telling how far it is.
        :raises RunError: when the URL cannot be read.
        """
        try:
            return self._refreshed.value()
        except LoadingError:
            raise LoadingError(f"The run is being fetched from {self._copy.url}{self._progress}") from None

    def _refresh(self) -> RunDirectory:
        if not self._copy.plan_file.exists():
            self._fetch_plan()
        shards = len(Plan.require(self._copy).shards)
        marker = self._store.read(f"result/{MARKER}")
        if marker is None or marker != self._marker:  # nothing is written behind a result
            for number in range(shards):
                self._progress = f": {number} of {shards} shards so far"
                self._follow(number)
        self._place_marker(marker)
        return self._copy

    def _fetch_plan(self) -> None:
        """Get the job and the plan, which is read to tell that both are there."""
        for file in (self._copy.job_file, self._copy.plan_file):
            name = str(file.relative_to(self._copy.path))
            data = self._store.read(name)
            if data is None:
                raise RunError(f"{self._copy.url}/{name} is gone; was the run removed?")
            with atomic_file(file) as copy:
                copy.write(data)
        os.utime(self._copy.plan_file, (self.planned, self.planned))

    def _follow(self, number: int) -> None:
        """Get what is new in the journal of a shard, and what was set aside if there is anything new."""
        shard = self._copy.shard(number)
        before = _size(shard.journal)
        self._follower.follow(number)
        if _size(shard.journal) != before:
            folder = f"shards/{number:04d}"
            size = self._store.listing(folder).get(shard.quarantine.name)
            if size is not None:
                self._store.fetch(f"{folder}/{shard.quarantine.name}", shard.quarantine, size)

    def _place_marker(self, marker: bytes | None) -> None:
        self._marker = marker
        if marker is None:
            (self._copy.result / MARKER).unlink(missing_ok=True)
            return
        with atomic_file(self._copy.result / MARKER) as copy:
            copy.write(marker)


class Mirrors:
    """Copies by the URLs of their runs; those that nobody looked at for longest are removed."""

    def __init__(self) -> None:
        self._mirrors: OrderedDict[str, Mirror] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, run: RunDirectory) -> bool:
        """Tell whether somebody has looked at a run at a URL lately."""
        return run.url in self._mirrors

    def copy(self, run: RunDirectory, planned: float) -> RunDirectory:
        """Return the copy of a run at a URL; the run itself if it is a local one.

        :param planned: when it was planned, as far as is known; with a newer plan there is a new copy.
        :raises LoadingError: when the copy is not there yet.
        :raises RunError: when the URL cannot be read.
        """
        if run.url is None:
            return run
        with self._lock:
            mirror = self._mirrors.get(run.url)
            if mirror is None or mirror.planned < planned:
                mirror = self._mirrors[run.url] = Mirror(run, planned)
            self._mirrors.move_to_end(run.url)
            if len(self._mirrors) > MOST_RUNS:
                self._mirrors.popitem(last=False)
        return mirror.copy()


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
