"""From the names in a request to the directory of a run; none of them reaches the file system as it is."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from contextlib import suppress
from functools import lru_cache
from heapq import nlargest
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor.refreshed import LoadingError, Refreshed
from airflow_unifyweaver.operators.storage import folder_name, name_of, storage_folder
from airflow_unifyweaver.plugins.dashboard.found_run import FoundRun
from airflow_unifyweaver.plugins.dashboard.url_runs import SHARE, all_runs, runs_of
from airflow_unifyweaver.run.directory import RunDirectory

FRESH_SECONDS = 2.0
"""So long is a list of all runs in a folder good: it costs a look at each, however many people ask."""


def jobs_of(dag_id: str, run_id: str) -> list[FoundRun]:
    """Return the jobs of a DAG run that are planned, in the order of their names.

    Its folder is not opened by its name, but found among those that are there.

    :raises RunError: as all functions here do, when the storage is at a URL and cannot be read.
    :raises LoadingError: as all functions here do, when what is asked for is still being looked for.
    """
    storage = storage_folder()
    if storage.url is not None:
        return runs_of(storage.url, dag_id, run_id)
    folder = storage.path
    try:
        names = folder_name(dag_id), folder_name(run_id)
    except RunError:
        return []
    for name in names:
        if name not in (entry.name for entry in _folders(folder)):
            return []
        folder /= name
    return sorted(_planned(folder, dag_id, run_id), key=lambda found: found.job)


def find_run(dag_id: str, run_id: str, job: str) -> FoundRun | None:
    """Return the run of a job, or None when there is none of these names."""
    return next((found for found in jobs_of(dag_id, run_id) if found.job == job), None)


def stored_dags() -> set[str]:
    """Return the DAGs that have runs."""
    return {run.dag_id for run in _all_runs()}


def recent_runs(dag_ids: Container[str], most: int) -> list[FoundRun]:
    """Return the runs of some DAGs that were planned last, the last one first.

    :param dag_ids: the DAGs.
    :param most: how many to return at most.
    """
    return nlargest(most, (run for run in _all_runs() if run.dag_id in dag_ids), key=lambda run: run.planned)


def _all_runs() -> list[FoundRun]:
    storage = storage_folder()
    if storage.url is not None:
        return all_runs(storage.url)
    try:
        return _all_stored(storage.path).value()
    except LoadingError:
        raise LoadingError("The runs are being listed") from None


@lru_cache(maxsize=1)
def _all_stored(storage: Path) -> Refreshed[list[FoundRun]]:
    return Refreshed(lambda: list(_stored(storage)), FRESH_SECONDS, share=SHARE)


def _stored(storage: Path) -> Iterator[FoundRun]:
    for dag in _folders(storage):
        with suppress(PermissionError):  # the runs of others are shown all the same
            for dag_run in _folders(Path(dag.path)):
                with suppress(PermissionError):
                    yield from _planned(Path(dag_run.path), name_of(dag.name), name_of(dag_run.name))


def _planned(folder: Path, dag_id: str, run_id: str) -> Iterator[FoundRun]:
    for entry in _folders(folder):
        run = RunDirectory(Path(entry.path))
        try:
            planned = run.plan_file.stat().st_mtime
        except OSError:
            continue
        yield FoundRun(planned, dag_id, run_id, entry.name, run)


def _folders(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the folders in a folder; not what links lead to, which may be anywhere."""
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return
