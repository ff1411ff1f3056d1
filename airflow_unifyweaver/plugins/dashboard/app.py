"""The dashboard's endpoints. Each asks Airflow first whether the user may see what it shows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor import views
from airflow_unifyweaver.monitor.batch_table import state_numbers
from airflow_unifyweaver.monitor.mirror import Mirrors
from airflow_unifyweaver.monitor.monitors import Monitors
from airflow_unifyweaver.monitor.refreshed import LoadingError
from airflow_unifyweaver.monitor.run_monitor import LOOK_SECONDS, RunMonitor
from airflow_unifyweaver.plugins.dashboard.access import (
    LOGGED_IN,
    MAY_SEE_DATA,
    MAY_SEE_RUNS,
    may_see_data,
    visible_dags,
)
from airflow_unifyweaver.plugins.dashboard.assets import HEADERS, assets
from airflow_unifyweaver.plugins.dashboard.found_run import FoundRun
from airflow_unifyweaver.plugins.dashboard.runs import find_run, jobs_of, recent_runs, stored_dags
from airflow_unifyweaver.run.lifecycle import BatchState

MOST_LISTED = 100
COPIED_BYTES = 1 << 16
DOWNLOAD_SECONDS = 60
"""So long does a download wait for what is being fetched from a URL."""
LOADING_SECONDS = 0.2
UNREADABLE = (OSError, ValueError, TypeError, LookupError, AttributeError)
"""What reading a run raises that is damaged, closed to this process, or of another version of the package."""
RUN = "/api/runs/{dag_id}/{run_id}/{job}"
Number = Annotated[int, Query(ge=0)]


@dataclass
class Asked:
    """The run that a request is about.

    :param part: map index of the task instance that it is about alone.
    """

    dag_id: str
    run_id: str
    job: str
    part: Number | None = None


AskedFor = Annotated[Asked, Depends()]

app = FastAPI(title="UnifyWeaver dashboard", docs_url=None, redoc_url=None, openapi_url=None)
monitors = Monitors()
mirrors = Mirrors()


@app.middleware("http")
async def with_headers(request: Request, call_next: Any) -> Response:
    """Add what keeps browsers from doing more with an answer than to show it."""
    response: Response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@app.exception_handler(RunError)
def unusable(request: Request, error: RunError) -> Response:  # noqa: ARG001 - FastAPI hands it over
    """Say that a server which keeps runs does not answer as it should."""
    return JSONResponse({"detail": str(error)}, 502)


@app.exception_handler(LoadingError)
def loading(request: Request, error: LoadingError) -> Response:  # noqa: ARG001 - FastAPI hands it over
    """Say that it takes a little, and how far it is."""
    return JSONResponse({"loading": str(error)}, 202, {"Retry-After": "1"})


@app.get("/", dependencies=[LOGGED_IN])
def runs_page(request: Request) -> Response:
    """The page with the runs of all DAGs."""
    return _asset(request, "runs.html")


@app.get("/run", dependencies=[MAY_SEE_RUNS])
def run_page(request: Request, dag_id: str, run_id: str) -> Response:  # noqa: ARG001 - the page itself reads them
    """The page of a run; also that of a mapped task, with its ``map_index``."""
    return _asset(request, "run.html")


@app.get("/assets/{name}", dependencies=[LOGGED_IN])
def asset(request: Request, name: str) -> Response:
    """A file of the pages."""
    return _asset(request, name)


@app.get("/api/runs")
def runs(user: GetUserDep) -> dict[str, Any]:
    """The runs that were planned last, of the DAGs that the user may see; as far as there is time, how far they are."""
    now, deadline = time.time(), time.monotonic() + LOOK_SECONDS
    found = recent_runs(visible_dags(user, stored_dags()), MOST_LISTED)
    return {"runs": [_listed(run, now, deadline) for run in found], "most": MOST_LISTED}


@app.get("/api/runs/{dag_id}/{run_id}", dependencies=[MAY_SEE_RUNS])
def jobs(dag_id: str, run_id: str) -> dict[str, Any]:
    """The jobs of a DAG run that are planned; 404 when there is none."""
    found = [run.job for run in jobs_of(dag_id, run_id)]
    if not found:
        raise HTTPException(404, "No job has planned its batches in this DAG run")
    return {"jobs": found}


@app.get(RUN, dependencies=[MAY_SEE_RUNS])
def summary(asked: AskedFor, user: GetUserDep) -> dict[str, Any]:
    """All of a run that is shown at once, and whether the user may ask for what was in its data, too."""
    with _looking(asked) as (monitor, part):
        shown = views.summary(monitor, part, time.time())
    return shown | {"may_see_data": may_see_data(user, asked.dag_id)}


@app.get(RUN + "/grid", dependencies=[MAY_SEE_RUNS])
def grid(asked: AskedFor, cells: Number, first: Number | None = None, stop: Number | None = None) -> dict[str, Any]:
    """A range of batches as a limited number of cells."""
    with _looking(asked) as (monitor, part):
        return views.grid(monitor, *_range(part, first, stop), cells)


@app.get(RUN + "/batches", dependencies=[MAY_SEE_DATA])
def batches(
    asked: AskedFor,
    state: Annotated[list[BatchState] | None, Query()] = None,
    first: Number | None = None,
    stop: Number | None = None,
) -> dict[str, Any]:
    """Single batches of a range, a page at a time."""
    with _looking(asked) as (monitor, part):
        return views.batches(monitor, state_numbers(state or ()), *_range(part, first, stop))


@app.get(RUN + "/failures", dependencies=[MAY_SEE_DATA])
def failures(asked: AskedFor, before: Number | None = None, cause: str | None = None, text: str = "") -> dict[str, Any]:
    """Failed attempts, a page at a time."""
    with _looking(asked) as (monitor, part):
        return views.failures(monitor, part, before=before, cause=cause, text=text)


@app.get(RUN + "/quarantine", dependencies=[MAY_SEE_DATA])
def quarantine(asked: AskedFor) -> Response:
    """What was set aside, as a file to download: a JSON object a line."""
    files = _quarantine_files(asked)
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(asked.job)}.quarantine.jsonl"}
    return StreamingResponse(_contents(files), media_type="application/x-ndjson", headers=headers)


def _quarantine_files(asked: Asked) -> list[Path]:
    """Return the files of what was set aside, once they are loaded: a browser would save what says they are not."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    while time.monotonic() < deadline:
        try:
            with _looking(asked) as (monitor, part):
                return [monitor.run.shard(shard).quarantine for shard in part.shards]
        except LoadingError:
            time.sleep(LOADING_SECONDS)
    raise HTTPException(503, "The run is still being fetched from its URL; try again")


def _asset(request: Request, name: str) -> Response:
    found = assets().get(name)
    if found is None:
        raise HTTPException(404, "There is no such file")
    headers = {"ETag": found.tag}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == found.tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)


def _listed(run: FoundRun, now: float, deadline: float) -> dict[str, Any]:
    names = {"dag_id": run.dag_id, "run_id": run.run_id, "job": run.job, "planned": run.planned}
    try:
        return names | _brief(run, now, deadline)
    except RunError:  # not there yet, or what its own page tells
        return names | {"state": "reading"}
    except UNREADABLE:
        return names | {"state": "unreadable"}


def _brief(run: FoundRun, now: float, deadline: float) -> dict[str, Any]:
    if run.published and not mirrors.has(run.directory):  # its journals need not be fetched for a line in a list
        return views.published(run.published)
    directory = mirrors.copy(run.directory, run.planned)
    with monitors.looking(directory, max(deadline - time.monotonic(), 0)) as monitor:
        return views.brief(monitor, now) if monitor else {"state": "planned"}


@contextmanager
def _looking(asked: Asked) -> Iterator[tuple[RunMonitor, views.Part]]:
    """Lend the monitor of a run, with the part of it that was asked for.

    Whatever is asked for, the journals are read on: the summary may have come from another process of the API server.

    :raises HTTPException: when there is no such run, or no such part.
    """
    found = find_run(asked.dag_id, asked.run_id, asked.job)
    if found is not None:
        with monitors.looking(mirrors.copy(found.directory, found.planned)) as monitor:
            part = None if monitor is None else views.part_of(monitor, asked.part)
            if monitor is not None and part is not None:
                yield monitor, part
                return
    raise HTTPException(404, "There is no such run, or no such mapped task in it")


def _range(part: views.Part, first: int | None, stop: int | None) -> tuple[int, int]:
    begin = max(part.first, first or 0)
    return begin, max(begin, part.stop if stop is None else min(stop, part.stop))


def _contents(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        if path.exists():
            with path.open("rb") as file:
                while data := file.read(COPIED_BYTES):
                    yield data
