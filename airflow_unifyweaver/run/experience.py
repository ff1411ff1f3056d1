"""How long batches of a job took before: in other shards of its run, or else in the run before it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

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

Measured = tuple[float, float]
"""The size of a batch in bytes, and the seconds that it took."""


def experience(run: RunDirectory, plan: Plan) -> list[Measured]:
    """Return what is known of batches like those of a run, the latest last; nothing when it cannot be found out.

    :param run: the run.
    :param plan: its plan, whose job other runs must have been planned for.
    """
    try:
        return _of_run(run, plan) or next(filter(None, _earlier(run, plan)), [])
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.info("%s: nothing is learned from earlier runs: %s: %s", run.path, type(error).__name__, error)
        return []


def _earlier(run: RunDirectory, plan: Plan) -> Iterator[list[Measured]]:
    """Yield what other runs of the same job tell, the latest first."""
    for other in islice(_neighbours(run), MAX_PLANS):
        other_plan = Plan.load(other)
        if other_plan is not None and other_plan.job_digest == plan.job_digest:
            yield _of_run(other, other_plan)


def _neighbours(run: RunDirectory) -> Iterator[RunDirectory]:
    """Yield the runs beside a run, and those of the same name in the folders beside its own, as Airflow's are."""
    beside = [Path(entry.path) for entry in islice(os.scandir(run.path.parent), MAX_RUNS)]
    cousins = [Path(entry.path, run.path.name) for entry in islice(os.scandir(run.path.parent.parent), MAX_RUNS)]
    planned: dict[Path, float] = {}
    for path in {*beside, *cousins} - {run.path}:
        if (file := RunDirectory(path).plan_file).exists():
            planned[path] = file.stat().st_mtime
    return map(RunDirectory, sorted(planned, key=planned.__getitem__, reverse=True))


def _of_run(run: RunDirectory, plan: Plan) -> list[Measured]:
    """Return what the journals of a run tell."""
    if not plan.size:
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
            yield event.payload.get(PIECES, 1) * piece, event.payload["processing_time_ms"] / 1000
