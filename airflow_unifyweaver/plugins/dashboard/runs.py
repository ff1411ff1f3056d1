"""From the names in a request to the directory of a run; none of them reaches the file system as it is."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from heapq import nlargest
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.operators.storage import folder_name, name_of, storage_folder
from airflow_unifyweaver.plugins.dashboard.found_run import FoundRun
from airflow_unifyweaver.plugins.dashboard.url_runs import all_runs, runs_of
from airflow_unifyweaver.run.directory import RunDirectory


def jobs_of(dag_id: str, run_id: str) -> list[FoundRun]:
    """Return the jobs of a DAG run that are planned, in the order of their names.

    Its folder is not opened by its name, but found among those that are there.

    :raises RunError: as all functions here do, when the storage is at a URL and cannot be read, or not yet.
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
    storage = storage_folder()
    if storage.url is not None:
        return {run.dag_id for run in all_runs(storage.url)}
    return {name_of(entry.name) for entry in _folders(storage.path)}


def recent_runs(dag_ids: Container[str], most: int) -> list[FoundRun]:
    """Return the runs of some DAGs that were planned last, the last one first.

    :param dag_ids: the DAGs.
    :param most: how many to return at most.
    """
    storage = storage_folder()
    found = _stored(storage.path, dag_ids) if storage.url is None else all_runs(storage.url)
    return nlargest(most, (run for run in found if run.dag_id in dag_ids), key=lambda run: run.planned)


def _stored(storage: Path, dag_ids: Container[str]) -> Iterator[FoundRun]:
    for dag in _folders(storage):
        dag_id = name_of(dag.name)
        if dag_id in dag_ids:
            for dag_run in _folders(Path(dag.path)):
                yield from _planned(Path(dag_run.path), dag_id, name_of(dag_run.name))


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
