"""What a run of a job would be, and what it would take on each backend, without making one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.gnu_parallel import GnuParallelBackend
from airflow_unifyweaver.backends.sequential import SequentialBackend
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.backend import WorkerSpec
from airflow_unifyweaver.run.estimate import Load, run_seconds
from airflow_unifyweaver.run.experience import Measured, past_batches
from airflow_unifyweaver.run.sample import Spread
from airflow_unifyweaver.runner import (
    aggregation_of,
    check_job,
    digest_of,
    new_run,
    slot_settings,
    workers,
    workers_on,
)
from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.registry import plan_source, reader_for
from airflow_unifyweaver.work.registry import work_for

SAMPLE = "sample"
"""The basis of estimates that go by no run."""


@dataclass(frozen=True)
class BackendEstimate:
    """What a run would take on a backend.

    :param backend: its name.
    :param chosen: whether the job would run there.
    :param note: why it cannot be used here, or why nobody gets it without asking; None when neither is so.
    :param workers: how many batches are worked on at a time; None when it cannot be used.
    :param seconds: how long the run would take; None when that is not known.
    :param cost: what it would cost; None when that is not known, or the job gives no price.
    """

    backend: str
    chosen: bool
    note: str | None = None
    workers: int | None = None
    seconds: float | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Preview:
    """What a run of a job would be.

    :param job: its name.
    :param source_bytes: size of the source.
    :param batches: how many there are; with adaptive batches, how many pieces to make these of.
    :param adaptive: whether batches are adaptive.
    :param backend: the one that would be chosen.
    :param degraded: the steps from the backend that was asked for to that one.
    :param command_line: how GNU Parallel would be called, when it is that one.
    :param basis: what the estimates of time go by: runs on these backends; ``["sample"]``; nothing.
    :param currency: what costs are in, when the job gives prices.
    :param backends: what the run would take on each.
    """

    job: str
    source_bytes: int
    batches: int
    adaptive: bool
    backend: str
    degraded: list[dict[str, Any]]
    command_line: str | None
    basis: list[str]
    currency: str | None
    backends: list[BackendEstimate]

    def to_dict(self) -> dict[str, Any]:
        """Return the preview as JSON can hold it."""
        return asdict(self)


def preview(job: BatchJob, *, sample: bool = False) -> Preview:
    """Return what a run of a job would be, without making one.

    :param job: what would be done.
    :param sample: whether to try the work on a few batches, and see how long it takes; otherwise earlier runs tell.
    :raises UnifyWeaverError: what is wrong with the job, its source, its backend, or, in a sample, its work.
    """
    check_job(job)
    with TemporaryDirectory(prefix="unifyweaver-") as folder:
        source = plan_source(job, workers(job), Path(folder, "spool"))
        spread = Spread(source.recipes)
        known = {SAMPLE: _sampled(job, source, spread, Path(folder))} if sample else _remembered(job)
    tasks = 1 if job.parallel.map_tasks == "auto" else job.parallel.map_tasks
    loads = {name: load for name in known if (load := Load.of(known[name], source.size, spread.batches, tasks))}
    choice = select.choose(job.parallel, source.size)
    by_parallel = choice.name == GnuParallelBackend.name
    return Preview(
        job=job.name,
        source_bytes=source.size,
        batches=spread.batches,
        adaptive=job.batch.adaptive is not None,
        backend=choice.name,
        degraded=choice.notices,
        command_line=shlex.join(GnuParallelBackend.command_line(slot_settings(job))) if by_parallel else None,
        basis=list(loads),
        currency=job.parallel.prices.currency if job.parallel.prices else None,
        backends=list(_estimates(job, loads, choice.name)),
    )


def _sampled(job: BatchJob, source: SourcePlan, spread: Spread, folder: Path) -> list[Measured]:
    """Return what some batches take now."""
    reader = reader_for(source.manifest, folder / "spool")
    spec = WorkerSpec(SAMPLE, 0, folder / SAMPLE, reader, work_for(job), aggregation_of(job))
    return spread.measure(SequentialBackend(), spec, slot_settings(job), source.size)


def _remembered(job: BatchJob) -> dict[str, list[Measured]]:
    """Return what batches took in the last run on each backend, the latest first."""
    return past_batches(new_run(job), digest_of(job))


def _estimates(job: BatchJob, loads: Mapping[str, Load], chosen: str) -> Iterator[BackendEstimate]:
    """Yield what a run takes on each backend; one without a run of its own goes by the latest one, or the sample."""
    latest = next(iter(loads.values()), None)
    for name in reversed(list(select.BACKENDS)):
        available = _workers(job, name, required=name == chosen)
        if isinstance(available, str):
            yield BackendEstimate(name, chosen=False, note=available)
            continue
        note = None if name == chosen else select.BACKENDS[name].unasked(job.parallel)
        load, seconds, cost = loads.get(name, latest), None, None
        if load is not None:
            seconds = run_seconds(name, available, load, by_key=job.aggregation.by_key)
            cost = job.parallel.prices.cost(name, available, seconds) if job.parallel.prices else None
        yield BackendEstimate(name, name == chosen, note, available, seconds, cost)


def _workers(job: BatchJob, backend: str, *, required: bool) -> int | str:
    """Return how many workers a backend would have, or why it cannot be used.

    :raises BackendError: when that is so of the one that is required.
    """
    reason = select.BACKENDS[backend].unusable(job.parallel)
    if reason is not None:
        return reason
    try:
        return workers_on(job, backend)
    except BackendError as error:
        if required:
            raise
        return str(error)
