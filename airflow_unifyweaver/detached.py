"""The work on a mapped task instance's shards by a process that outlives the task: begun or joined, and waited for."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from airflow_unifyweaver import runner
from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.launch import Launch, Order, begin
from airflow_unifyweaver.backends.placement import new_folder
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.handlers import event_bus
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.relay import Relay, relayed
from airflow_unifyweaver.run.shard_work import finished_shard

log = logging.getLogger(__name__)


def can_be_left(job: BatchJob, plan: Plan) -> bool:
    """Tell whether a task can leave its shards alone while they are worked on: other machines do it.

    :param job: the job, with what a connection says of the backend.
    """
    backend = select.BACKENDS[plan.backend]
    return issubclass(backend, ClusterBackend) and backend.is_elsewhere(job.parallel)


def unfinished(run: RunDirectory, plan: Plan, first: int) -> list[int]:
    """Return the shards of a task that are not finished; from here on all their events are to be told."""
    Relay(run, plan.task_shards(first))
    return [number for number in plan.task_shards(first) if finished_shard(run, number, plan.shards[number]) is None]


def start(job: BatchJob, run: RunDirectory, first: int, abandoned_after: float) -> Launch | None:
    """Begin a launch of the shards that are not finished; None when all are.

    :param job: the job that the run was planned for, with what a connection says of the backend.
    :param run: the run's directory.
    :param first: the first of the task's shards.
    :param abandoned_after: seconds after which the launch is cancelled that nobody waits for.
    :raises BackendError: when the cluster has to be asked how many workers it has, and cannot be reached.
    """
    plan = Plan.require(run)
    left = [runner.shard_work(job, run, plan, number) for number in unfinished(run, plan, first)]
    if not left:
        return None
    order = Order(plan.backend, job.parallel, runner.workers_on(job, plan.backend), abandoned_after)
    launch = begin(left, new_folder(run, first), order)
    log.info("%s: running as %s, which %s tells of", plan.backend, launch.job_id or "no job yet", launch.address)
    return launch


def finish(
    job: BatchJob, run: RunDirectory, first: int, launch: Launch | None, subscriptions: Sequence[Subscription] = ()
) -> ShardSummary:
    """Wait for a launch, tell handlers what they have not been told yet, and return what came of the shards.

    :param launch: the launch; None when there was nothing left to do.
    :param subscriptions: further event handlers.
    :raises UnifyWeaverError: what the launch ended in, as :func:`~airflow_unifyweaver.runner.work_on_task` raises it.
    """
    plan = Plan.require(run)
    with (
        event_bus(job, first, subscriptions) as bus,
        _cancelled_on_error(launch),
        relayed(run, plan.task_shards(first), bus),
        _cancelled_on_error(launch),
    ):
        if launch is not None:
            launch.wait()
    if launch is not None:
        log.info("the launch's driver said: %s", launch.last_words() or "nothing")
        outcome = launch.outcome()
        if isinstance(outcome, UnifyWeaverError):
            if unfinished(run, plan, first):
                raise outcome
            log.warning("all shards are finished, but thereafter: %s", outcome)  # which a retry could not mend
    known = (finished_shard(run, number, plan.shards[number]) for number in plan.task_shards(first))
    return ShardSummary.total(filter(None, known))


@contextmanager
def _cancelled_on_error(launch: Launch | None) -> Iterator[None]:
    """Cancel a launch before anything else ends: Airflow gives a task five seconds, and handlers may take as many."""
    try:
        yield
    except BaseException:
        if launch is not None:
            launch.cancel()
        raise
