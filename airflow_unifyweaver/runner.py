"""The steps of a run, from a job to its published result; the command line and the operators both go through here."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver import settings
from airflow_unifyweaver.aggregation.base import Aggregation
from airflow_unifyweaver.aggregation.registry import aggregation_for
from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.cluster import BATCHES_PER_SHARD, SHARDS_PER_WORKER, ClusterBackend
from airflow_unifyweaver.backends.sequential import SequentialBackend
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.exceptions import DamagedResultsError, NestedParallelismError, RunChangedError, RunError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.worker_range import WorkerRange
from airflow_unifyweaver.run.backend import Backend, SlotSettings, WorkerSpec
from airflow_unifyweaver.run.checkpoints import checkpoints_of
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import RunDirectory, atomic_file
from airflow_unifyweaver.run.handlers import check_handlers, event_bus, warn_of_connections
from airflow_unifyweaver.run.kept_windows import RunWindows
from airflow_unifyweaver.run.killed import report_killed
from airflow_unifyweaver.run.lock import HeldError, locked
from airflow_unifyweaver.run.plan import Plan, automatic_tasks, digest, read_manifest, write_batches, write_plan
from airflow_unifyweaver.run.publish import Result, publish
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.plans import fetch_plan, send_plan
from airflow_unifyweaver.run.remote.results import output_file, results_of, send_result
from airflow_unifyweaver.run.retry import RetryPolicy
from airflow_unifyweaver.run.shard_work import ShardWork, work_on
from airflow_unifyweaver.run.state import ShardState
from airflow_unifyweaver.sources.base import Manifest, Reader
from airflow_unifyweaver.sources.connections import Connections, outside_airflow
from airflow_unifyweaver.sources.cuts import default_batch_bytes, largest_batch_bytes
from airflow_unifyweaver.sources.registry import plan_source, position_of, reader_for
from airflow_unifyweaver.words import counted
from airflow_unifyweaver.work.registry import prints_lines, reducer_for, work_for

if TYPE_CHECKING:
    from airflow_unifyweaver.run.adaptive import AdaptiveBatches
    from airflow_unifyweaver.run.claim import Claim
    from airflow_unifyweaver.run.priority import Order

log = logging.getLogger(__name__)


def run_job(job: BatchJob, run_dir: Path | str | None = None, subscriptions: Sequence[Subscription] = ()) -> Result:
    """Run a job to its end in this process, without Airflow.

    :param job: what to do.
    :param run_dir: the run's own directory or its URL; one below the storage when None. A run that is there already is
        resumed.
    :param subscriptions: further event handlers.
    :raises UnifyWeaverError: what is wrong, where, and what to do about it.
    """
    run = run_at(run_dir) if run_dir else new_run(job)
    plan = plan_run(job, run, map_tasks=1)
    return finish_run(job, run, plan, subscriptions)


def resume(run_dir: Path | str, subscriptions: Sequence[Subscription] = ()) -> Result:
    """Bring a run to its end that was stopped at any point.

    :param run_dir: its directory, or the URL of that.
    :raises RunError: when there is no run, or when its input or its work has changed since it was planned.
    """
    run = run_at(run_dir)
    job = load_job(run)
    return finish_run(job, run, plan_run(job, run, map_tasks=1), subscriptions)


def finish_run(job: BatchJob, run: RunDirectory, plan: Plan, subscriptions: Sequence[Subscription] = ()) -> Result:
    """Work on all shards of a planned run, one after another, and publish; what is damaged is made again, once.

    :raises RunError: when another process does so.
    """
    warn_of_connections(job)
    with locked(run.lock):
        try:
            return _finish_once(job, run, plan, subscriptions)
        except DamagedResultsError as error:
            log.warning("%s", error)
            return _finish_once(job, run, plan, subscriptions)


def _finish_once(job: BatchJob, run: RunDirectory, plan: Plan, subscriptions: Sequence[Subscription]) -> Result:
    for first in plan.tasks:
        work_on_task(job, run, first, subscriptions=subscriptions)
    return publish_run(job, run)


def new_run(job: BatchJob) -> RunDirectory:
    """Return a fresh directory for a run of a job below the storage."""
    started = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    return run_at(f"{settings.storage()}/{job.name}/{started}")


def load_job(run: RunDirectory) -> BatchJob:
    """Read the job of a run.

    :raises RunError: when there is none.
    """
    fetch_plan(run)
    if not run.job_file.exists():
        raise RunError(f"{run.place}: this is not a run directory, it has no {run.job_file.name}")
    fields = json.loads(run.job_file.read_bytes())
    return BatchJob.from_dict(fields["job"], base_dir=Path(fields["base_dir"]))


def plan_run(  # noqa: PLR0913 - each is one thing that Airflow knows and the command line does not
    job: BatchJob,
    run: RunDirectory,
    *,
    map_tasks: int = 0,
    run_id: str | None = None,
    connections: Connections = outside_airflow,
    thresholds: Mapping[str, int] | None = None,
    declared: BatchJob | None = None,
) -> Plan:
    """Plan the batches of a run, unless that is done already; only the backend is chosen anew then.

    :param job: what to do.
    :param run: the run's directory.
    :param map_tasks: shards to make when the job says ``map_tasks: auto``; 0 leaves it to the number of batches.
    :param run_id: the run, as its events shall call it; its directory's name when None.
    :param connections: resolves Airflow's connections.
    :param thresholds: what ``backend: auto`` goes by; what the environment says when None.
    :param declared: the job as the run keeps it, without what a connection adds; the job itself when None.
    :raises RunChangedError: when the run was planned for another job, other work or other input.
    """
    _refuse_nested(job)
    check_job(job)
    fetch_plan(run)
    with _claim_of(job, run) as claim:
        if claim is not None:
            claim.prepare(lambda other: publish_run(load_job(other), other))
        plan = _plan(job, run, map_tasks, run_id or run.name, connections, thresholds, declared or job)
        send_plan(run)
        if claim is not None:  # only now that all see the plan
            claim.make()
    return plan


def _plan(  # noqa: PLR0913, PLR0917 - what plan_run takes
    job: BatchJob,
    run: RunDirectory,
    map_tasks: int,
    run_id: str,
    connections: Connections,
    thresholds: Mapping[str, int] | None,
    declared: BatchJob,
) -> Plan:
    source = plan_source(job, workers(job), run.spool, connections, RunWindows(run))
    job_digest = digest_of(job)
    planned = Plan.load(run)
    if planned is not None:
        check_unchanged(planned, run, job_digest, digest(source.manifest))
    with atomic_file(run.job_file) as file:
        file.write(json.dumps({"base_dir": str(job.base_dir), "job": declared.to_dict()}, indent=1).encode())
    if planned is not None:
        choice = select.choose(job.parallel, planned.size, thresholds)
        return planned.on_backend(run, choice.name, choice.notices)
    starts = write_batches(run, source)
    choice = select.choose(job.parallel, source.size, thresholds)
    tasks, shards_per_task = _division(job, choice.name, map_tasks, source.size, len(starts) - 1)
    plan = write_plan(
        run,
        source,
        starts,
        run_id=run_id,
        job_digest=job_digest,
        backend=choice.name,
        notices=choice.notices,
        tasks=tasks,
        shards_per_task=shards_per_task,
        adaptive=job.batch.adaptive is not None,
    )
    shards = counted(len(plan.shards), "shard")
    log.info("%s: %s in %s on %s, in %s", job.name, plan.counted(plan.batches), shards, plan.backend, run.place)
    return plan


@contextmanager
def _claim_of(job: BatchJob, run: RunDirectory) -> Iterator[Claim | None]:
    """Lend the claim of a run to a part of a stream, or None when its source is no stream."""
    position = position_of(job)
    if position is None:
        yield None
        return
    from airflow_unifyweaver.run.claim import Claim

    with closing(position):  # whatever comes: its clients must not be there when slots are forked
        yield Claim(position, run)


def _division(job: BatchJob, backend: str, map_tasks: int, size: int, batches: int) -> tuple[int, int]:
    """Return how many mapped task instances to make, 0 leaving it to the number of batches, and shards for each.

    A cluster does the work of one instance, in as many shards as keep its workers busy.
    """
    if not issubclass(select.BACKENDS[backend], ClusterBackend):
        return _tasks(job, map_tasks, size), 1
    tasks = 1 if job.parallel.map_tasks == "auto" else job.parallel.map_tasks
    available = workers_on(job, backend)
    wanted = batches // (tasks * BATCHES_PER_SHARD)
    return tasks, max(available, min(available * SHARDS_PER_WORKER, wanted))


def _tasks(job: BatchJob, map_tasks: int, size: int) -> int:
    """Return how many shards to make, or 0 to leave it to the number of batches."""
    asked = job.parallel.map_tasks
    if asked != "auto":
        return asked
    if map_tasks or job.batch.adaptive is None:
        return map_tasks
    # The plan has many more pieces than there will be batches: let it be as when the job does not say how to cut.
    return automatic_tasks(-(-size // default_batch_bytes(size, workers(job), job.batch.max_batch_memory))) or 1


def check_job(job: BatchJob) -> None:
    """Look whether all functions and predicates that a job names are there, and what its webhooks and its output need.

    :raises JobError: naming the one that is not.
    """
    work_for(job)
    reducer_for(job)
    priority = job.parallel.priority
    if priority is not None and priority.function is not None:
        from airflow_unifyweaver.work.function import FunctionReference

        FunctionReference(priority.function, str(job.base_dir)).resolve()
    check_handlers(job)
    if job.uses_prolog():
        from airflow_unifyweaver.work.prolog.check import check_prolog

        check_prolog(job)
    if job.output is not None and job.output.format == "parquet":
        from airflow_unifyweaver.run.parquet_output import check_parquet

        check_parquet()


def check_unchanged(plan: Plan, run: RunDirectory, job_digest: str, source_digest: str) -> None:
    """Refuse to go on with a run whose job, work or input is no longer what it was planned for.

    :raises RunChangedError: naming which of them has changed.
    """
    remedy = "start a fresh run in another directory"
    if plan.job_digest != job_digest:
        raise RunChangedError(
            f"{run.place}: the job or the code of its work has changed since this run was planned; {remedy}"
        )
    if plan.source_digest != source_digest:
        raise RunChangedError(f"{run.place}: the input has changed since this run was planned; {remedy}")


def require_plan(job: BatchJob, run: RunDirectory) -> Plan:
    """Read the plan of a run, which must have one, made for this very job and work.

    :raises RunError: when there is no plan.
    :raises RunChangedError: when it was made for another job or other work.
    """
    plan = Plan.require(run)
    check_unchanged(plan, run, digest_of(job), plan.source_digest)
    return plan


def digest_of(job: BatchJob) -> str:
    """Return the digest of all on the job's side that decides the result, the code of its functions included."""
    reducer = reducer_for(job)
    return digest([job.digest(), work_for(job).fingerprint(), reducer.fingerprint() if reducer else None])


def work_on_task(
    job: BatchJob,
    run: RunDirectory,
    first: int,
    *,
    backend: Backend | ClusterBackend | None = None,
    subscriptions: Sequence[Subscription] = (),
) -> ShardSummary:
    """Work on the batches of a mapped task instance that are not committed yet; finished shards return at once.

    :param job: the job that the run was planned for.
    :param run: the run's directory.
    :param first: the first of its shards.
    :param backend: an own backend instead of the planned one.
    :param subscriptions: further event handlers.
    :raises JobFailedError: when more batches failed than the failure budget allows.
    :raises RunError: when another process works on a shard, or the run directory cannot be used.
    """
    _refuse_nested(job)
    plan = Plan.require(run)
    slots = backend or select.create(plan.backend)
    works = [shard_work(job, run, plan, number) for number in plan.task_shards(first)]
    if isinstance(slots, ClusterBackend):
        from airflow_unifyweaver.run.relay import relayed

        with event_bus(job, first, subscriptions) as bus, relayed(run, plan.task_shards(first), bus):
            return ShardSummary.total(slots.run(works, job.parallel, workers_on(job, plan.backend)))
    return ShardSummary.total([work_on(work, slots, partial(event_bus, job, first, subscriptions)) for work in works])


def shard_work(job: BatchJob, run: RunDirectory, plan: Plan, number: int) -> ShardWork:
    """Return the work on a shard, which any process can do that has the run's directory."""
    manifest = read_manifest(run)
    reader = reader_for(manifest, run.spool)
    folder = run.shard(number).path
    return ShardWork(
        run=run,
        shard=plan.shards[number],
        spec=WorkerSpec(plan.run_id, number, folder, reader, work_for(job), aggregation_of(job)),
        policy=_policy(job, plan),
        settings=slot_settings(job),
        notices=plan.notices,
        order=_order(job, manifest, reader),
        adaptive=_adaptive(job, run, plan),
    )


def report_abandoned(job: BatchJob, run: RunDirectory, subscriptions: Sequence[Subscription] = ()) -> None:
    """Record what was under way in shards that are not finished and that nobody works on, as failed attempts.

    Whoever works on a shard again does so first of all; this is for shards that nobody comes back to.

    :param subscriptions: further handlers of these events.
    """
    plan = Plan.require(run)
    for number in range(len(plan.shards)):
        directory = run.shard(number)
        checkpoints = checkpoints_of(run, number)
        with suppress(HeldError), locked(directory.lock):
            checkpoints.fetch()
            if not ShardState.load(directory.journal).finished:
                with event_bus(job, number, subscriptions) as bus:
                    report_killed(plan.run_id, number, directory.journal, bus)
                checkpoints.send()


def publish_run(job: BatchJob, run: RunDirectory) -> Result:
    """Merge the results of all shards, publish them, and write the job's ``output`` where it has one.

    A run over a stream is published at most once for each message: its position moves last (decision 0036).

    :raises RunError: when a shard is not finished.
    :raises RunChangedError: when another run has taken over the messages of this one.
    :raises JobFailedError: when more batches failed than the failure budget allows.
    """
    plan = Plan.require(run)
    aggregation = aggregation_of(job)
    allowed = job.failure.allowed_failures(plan.batches)
    with _claim_of(job, run) as claim:
        decide = claim.decide if claim is not None else lambda: None
        by_pieces = budget_by_pieces(job)
        with results_of(run) as fetch:
            result = publish(run, plan, aggregation, allowed, by_pieces=by_pieces, fetch=fetch, decide=decide)
        send_result(run, result.file)
        if job.output is not None:
            from airflow_unifyweaver.run.output_file import write_output

            by_key = job.aggregation.by_key
            with output_file(job.resolve(job.output.path)) as target:
                write_output(result.file, target, file_format=job.output.format, raw=aggregation.raw, by_key=by_key)
        if claim is not None:
            claim.advance()
    return result


def aggregation_of(job: BatchJob) -> Aggregation:
    """Return the aggregation of a job, with a reducer of its own already imported."""
    reduce = job.aggregation.reduce
    name = reduce if isinstance(reduce, str) else reduce.prolog.predicate
    return aggregation_for(name, job.aggregation.by_key, lines=prints_lines(job), custom=reducer_for(job))


def workers(job: BatchJob) -> int:
    """Return how many slots a job wants at most; one a processor when it leaves that open."""
    asked = job.parallel.workers
    if isinstance(asked, WorkerRange):
        return asked.max
    return len(os.sched_getaffinity(0)) if asked == "auto" else asked


def workers_on(job: BatchJob, backend: str) -> int:
    """Return how many batches a backend works on at the same time at most.

    :raises BackendError: when its cluster has to be asked, and cannot be reached.
    """
    chosen = select.BACKENDS[backend]
    if issubclass(chosen, SequentialBackend):
        return 1
    if job.parallel.workers == "auto" and issubclass(chosen, ClusterBackend):
        return chosen.available(job.parallel) or workers(job)
    return workers(job)


def slot_settings(job: BatchJob) -> SlotSettings:
    """Return how the slots of a job shall run."""
    return SlotSettings(
        workers=workers(job),
        least=job.parallel.least_workers,
        timeout=job.retry.timeout_seconds,
        timeout_factor=job.retry.timeout_factor,
        target=job.batch.adaptive.target_seconds if job.batch.adaptive else 0.0,
        max_memory=job.batch.max_batch_memory,
        options=tuple(job.parallel.gnu_parallel.options),
    )


def budget_by_pieces(job: BatchJob) -> bool:
    """Tell whether a job's failure budget counts the pieces that adaptive batches are made of: a share does."""
    return job.batch.adaptive is not None and job.failure.is_share


def _order(job: BatchJob, manifest: Manifest, reader: Reader) -> Order | None:
    """Return what puts batches into the order that a job wants, or None when that is the plan's."""
    if job.parallel.priority is None:
        return None
    from airflow_unifyweaver.run.priority import order_of

    return order_of(job, manifest, reader)


def _adaptive(job: BatchJob, run: RunDirectory, plan: Plan) -> AdaptiveBatches | None:
    """Return what makes the batches of a job that wants them by time, knowing what earlier ones took."""
    if job.batch.adaptive is None:
        return None
    from airflow_unifyweaver.run.adaptive import AdaptiveBatches
    from airflow_unifyweaver.run.experience import experience
    from airflow_unifyweaver.run.steering import Steering

    steering = Steering(job.batch.adaptive.target_seconds, largest_batch_bytes(job.batch.max_batch_memory))
    for measured in experience(run, plan):
        steering.learn(measured.size, measured.seconds)
    alone = issubclass(select.BACKENDS[plan.backend], ClusterBackend)  # as every shard is there
    return AdaptiveBatches(steering, 1 if alone else workers_on(job, plan.backend), plan.unit)


def _policy(job: BatchJob, plan: Plan) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=job.retry.max_attempts,
        backoff=job.retry.backoff,
        delay=job.retry.delay,
        allowed_failures=job.failure.allowed_failures(plan.batches),
        quarantine=job.failure.quarantine,
        by_pieces=budget_by_pieces(job),
    )


def _refuse_nested(job: BatchJob) -> None:
    if settings.WORKER_VARIABLE in os.environ:
        raise NestedParallelismError(
            f"{job.name}: work cannot start a parallel job from inside a worker; run it as a job of its own"
        )
