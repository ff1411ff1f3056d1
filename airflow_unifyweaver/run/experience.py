"""How long batches of a job took before: in other shards of its run, or in the runs before it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import EMPTY, PIECES

log = logging.getLogger(__name__)

MAX_RUNS = 1_000
"""So many neighbours of a run are looked at."""
MAX_PLANS = 10
"""So many of these, the latest ones first, are asked whether they are runs of the same job and got anywhere."""
MAX_JOURNALS = 4
"""So many journals of a run are read, the latest ones first."""
TAIL_BYTES = 64 << 10
"""So much of a journal is read, from its end."""

_UNREADABLE = (OSError, ValueError, TypeError, KeyError)


class Measured(NamedTuple):
    """A batch that was worked on.

    :param size: its bytes.
    :param seconds: how long it took.
    :param written: bytes of its results.
    """

    size: float
    seconds: float
    written: int


def experience(run: RunDirectory, plan: Plan) -> list[Measured]:
    """Return what is known of batches like those of a run, the latest last; nothing when it cannot be found out.

    :param run: the run.
    :param plan: its plan, whose job other runs must have been planned for.
    """
    try:
        earlier = (measured for _, measured in _earlier(run, plan.job_digest))
        return _of_run(run, plan) or next(filter(None, earlier), [])
    except _UNREADABLE as error:
        _say_unknown(run, error)
        return []


def past_batches(run: RunDirectory, job_digest: str) -> dict[str, list[Measured]]:
    """Return what is known of the batches of a job's last run on each backend, the latest run first.

    :param run: where a run of the job would be, which need not be there.
    :param job_digest: of the job.
    """
    past: dict[str, list[Measured]] = {}
    if not run.path.parent.is_dir():
        return past
    try:
        for plan, measured in _earlier(run, job_digest):
            if measured:
                past.setdefault(plan.backend, measured)
    except _UNREADABLE as error:
        _say_unknown(run, error)
    return past


def _earlier(run: RunDirectory, job_digest: str) -> Iterator[tuple[Plan, list[Measured]]]:
    """Yield the plans of other runs of the same job, the latest first, each with what its batches tell."""
    for other in islice(_neighbours(run), MAX_PLANS):
        plan = Plan.load(other)
        if plan is not None and plan.job_digest == job_digest:
            yield plan, _of_run(other, plan)


def _neighbours(run: RunDirectory) -> Iterator[RunDirectory]:
    """Yield the runs beside a run, and those of the same name in the folders beside its own, as Airflow's are."""
    beside = _entries(run.path.parent)
    cousins = [folder / run.path.name for folder in _entries(run.path.parent.parent)]
    planned: dict[Path, float] = {}
    for path in {*beside, *cousins} - {run.path}:
        if (file := RunDirectory(path).plan_file).exists():
            planned[path] = file.stat().st_mtime
    return map(RunDirectory, sorted(planned, key=planned.__getitem__, reverse=True))


def _entries(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in islice(entries, MAX_RUNS)]


def _of_run(run: RunDirectory, plan: Plan) -> list[Measured]:
    """Return what the journals of a run tell."""
    if not plan.size or not plan.batches:
        return []
    journals = [run.shard(number).journal for number in range(len(plan.shards))]
    written = {journal: journal.stat().st_mtime for journal in journals if journal.exists()}
    latest = sorted(written, key=written.__getitem__)[-MAX_JOURNALS:]
    return [measured for journal in latest for measured in _of_journal(journal, plan.size / plan.batches)]


def _of_journal(journal: Path, piece: float) -> Iterator[Measured]:
    """Yield what the end of a journal tells.

    :param piece: bytes in a piece of the plan.
    """
    with journal.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
        lines = file.readlines()
    for line in lines:
        event = Event.from_line(line)
        if event is not None and event.event_type == EventType.BATCH_COMPLETE and EMPTY not in event.payload:
            size, seconds = event.payload.get(PIECES, 1) * piece, event.payload["processing_time_ms"] / 1000
            yield Measured(size, seconds, event.payload.get("length", 0))


def _say_unknown(run: RunDirectory, error: Exception) -> None:
    log.info("%s: nothing is learned from earlier runs: %s: %s", run.path.parent, type(error).__name__, error)
