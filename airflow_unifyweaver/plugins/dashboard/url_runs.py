"""The runs in a storage at a URL. Its server is asked in the background; requests are answered from what it said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor.refreshed import LoadingError, Refreshed
from airflow_unifyweaver.operators.storage import folder_name, name_of
from airflow_unifyweaver.plugins.dashboard.found_run import FoundRun
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.store import Store

FRESH_SECONDS = 5.0
SHARE = 0.1
"""The part of the time for which the server may be asked about all runs, however many there are."""
LISTED_AT_ONCE = 8
MOST_DAG_RUNS = 256
"""So many DAG runs that were asked for are kept in mind."""


def all_runs(url: str) -> list[FoundRun]:
    """Return the runs of all DAGs.

    :raises LoadingError: when the storage is still being listed.
    :raises RunError: when it cannot be read.
    """
    try:
        return _all_runs(url).value()
    except LoadingError:
        raise LoadingError(f"The runs at {url} are being listed") from None


def runs_of(url: str, dag_id: str, run_id: str) -> list[FoundRun]:
    """Return the runs of the jobs of a DAG run, in the order of their names.

    No name in the URL is taken from a request: it is one component of a path, however it is spelt.

    :raises LoadingError: when the DAG run is still being looked for.
    :raises RunError: when the storage cannot be read.
    """
    try:
        names = folder_name(dag_id), folder_name(run_id)
    except RunError:
        return []
    return _runs_of(url, *names).value()


@lru_cache(maxsize=1)
def _all_runs(url: str) -> Refreshed[list[FoundRun]]:
    return Refreshed(lambda: list(_find_all(url)), FRESH_SECONDS, share=SHARE)


@lru_cache(maxsize=MOST_DAG_RUNS)
def _runs_of(url: str, dag: str, dag_run: str) -> Refreshed[list[FoundRun]]:
    return Refreshed(lambda: _find(url, dag, dag_run), FRESH_SECONDS)


def _find_all(url: str) -> Iterator[FoundRun]:
    store = Store(url)
    with ThreadPoolExecutor(LISTED_AT_ONCE, "listing") as pool:
        dags = list(store.listing("", "directory"))
        listings = pool.map(lambda dag: store.listing(dag, "directory"), dags)
        places = [(dag, dag_run) for dag, listing in zip(dags, listings, strict=True) for dag_run in listing]
        for found in pool.map(lambda place: _find(url, *place), places):
            yield from found


def _find(url: str, dag: str, dag_run: str) -> list[FoundRun]:
    """Return the planned runs in the folder of a DAG run."""
    folder = f"{url}/{dag}/{dag_run}"
    found = []
    for job in Store(folder).listing("", "directory"):
        run = run_at(f"{folder}/{job}")
        store = Store(f"{folder}/{job}")
        planned = store.changed("plan/plan.json")
        if planned is not None:
            published = _told(store.read(f"result/{MARKER}"))
            found.append(FoundRun(planned, name_of(dag), name_of(dag_run), job, run, published))
    return found


def _told(marker: bytes | None) -> Any:
    """Return what is told with a result; None when there is none, or what is told is damaged: journals tell it too."""
    try:
        return None if marker is None else json.loads(marker)
    except ValueError:
        return None
