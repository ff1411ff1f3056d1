"""The second step of a job, mapped over its shards: work through the batches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.callbacks import BatchCallbacks, callback_subscriptions, named_callbacks
from airflow_unifyweaver.operators.cluster_job import ClusterJobOperator
from airflow_unifyweaver.operators.cluster_step import ClusterStep
from airflow_unifyweaver.operators.job_argument import JobArgument
from airflow_unifyweaver.operators.links import DashboardLink, EngineLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperatorLink, Context
    from airflow.sdk.definitions.mappedoperator import OperatorPartial

    from airflow_unifyweaver.run.directory import RunDirectory
    from airflow_unifyweaver.run.plan import Plan


class ParallelMapOperator(ClusterJobOperator):
    """Works through the batches of one shard on the backend of the plan.

    A retry, and an instance that was cleared, does only what is not committed yet. Every batch is counted in Airflow's
    metrics, and its events go to the plugins that listen (:mod:`airflow_unifyweaver.listeners.spec`).

    :param job: the job, see :class:`~airflow_unifyweaver.operators.job_operator.JobOperator`.
    :param shard: which shard; map over what :class:`~airflow_unifyweaver.BatchSplitOperator` returns. On a cluster
        it is the first of several, which the cluster places.
    :param conn_id: connection with options for the backend; those that the job itself gives win.
    :param on_batch_ready_callback: called when a batch is about to be handed out for the first time. It and the
        following: a function that takes the event, an Airflow notifier, or a list of them; never in a worker's way.
    :param on_batch_claimed_callback: called when a worker slot has the lease on a batch.
    :param on_batch_started_callback: called when a worker began an attempt at a batch.
    :param on_batch_complete_callback: called when a batch is committed.
    :param on_batch_failed_callback: called when an attempt at a batch failed.
    :param on_batches_complete_callback: called when the shard was seen to its end.
    :param deferrable: whether to be deferred while a cluster works, so that no worker slot is held; ``[operators]
        default_deferrable`` of Airflow's configuration when not given. Handlers then hear of the batches at the end.
    :param durable: whether a try joins what an earlier one that was killed has left on the cluster (default), or begins
        anew with what is not committed.
    """

    operator_extra_links: Collection[BaseOperatorLink] = (DashboardLink(), EngineLink())

    def __init__(  # noqa: PLR0913 - Airflow looks here for the names that it lets through to a mapped operator
        self,
        *,
        shard: int,
        conn_id: str | None = None,
        map_index_template: str = "{{ shard_label | default('shard ' ~ task.shard) }}",
        on_batch_ready_callback: BatchCallbacks = None,
        on_batch_claimed_callback: BatchCallbacks = None,
        on_batch_started_callback: BatchCallbacks = None,
        on_batch_complete_callback: BatchCallbacks = None,
        on_batch_failed_callback: BatchCallbacks = None,
        on_batches_complete_callback: BatchCallbacks = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(map_index_template=map_index_template, deferrable=deferrable, **kwargs)
        self.shard = shard
        self.conn_id = conn_id
        self._callbacks = named_callbacks(
            {
                "on_batch_ready_callback": on_batch_ready_callback,
                "on_batch_claimed_callback": on_batch_claimed_callback,
                "on_batch_started_callback": on_batch_started_callback,
                "on_batch_complete_callback": on_batch_complete_callback,
                "on_batch_failed_callback": on_batch_failed_callback,
                "on_batches_complete_callback": on_batches_complete_callback,
            }
        )
        self._working = False

    @classmethod
    def partial(cls, *, job: JobArgument, **kwargs: Any) -> OperatorPartial:
        """Begin a mapped operator. Its job and callbacks are checked right here.

        :param job: as for the operator itself.
        """
        return super().partial(job=job, **kwargs | named_callbacks(kwargs))

    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> Any:
        """Work, or have a cluster work, and return how many batches and results there are."""
        from airflow_unifyweaver import detached, runner
        from airflow_unifyweaver.operators.run_reference import RunReference

        own = RunReference(context["task_state_store"], run, self.shard)
        own.check()
        plan = runner.require_plan(job, run)
        own.write()
        step = self.cluster_step(job, run, context)
        self._working = True
        try:
            if detached.can_be_left(step.job, plan):
                return self.on_cluster(step, context)
            summary = runner.work_on_task(step.job, run, self.shard, subscriptions=step.subscriptions)
            return {"shard": self.shard, **asdict(summary)}
        finally:
            self._working = False

    def cluster_step(self, job: BatchJob, run: RunDirectory, context: Context) -> ClusterStep:
        """Return what there is to do, and have Airflow show which batches that is."""
        from airflow_unifyweaver.hooks.registry import hook_for
        from airflow_unifyweaver.operators.subscriptions import airflow_subscriptions
        from airflow_unifyweaver.run.plan import Plan

        plan = Plan.require(run)
        context["shard_label"] = self._label(plan)  # type: ignore[typeddict-unknown-key]
        dag_id = str(self.dag_id)
        called = callback_subscriptions(self._callbacks, context, dag_id)
        subscriptions = [*airflow_subscriptions(job, dag_id, self.task_id), *called]
        return ClusterStep(hook_for(plan.backend, self.conn_id).with_options(job), run, self.shard, subscriptions)

    def on_kill(self) -> None:
        """Stop the work: the error unwinds through the core, which shuts the backend down on every way out.

        Airflow calls this from its signal handler and then lets the task go on. After a timeout it calls this too,
        but by then the work has ended.
        """
        if self._working:
            self._working = False
            raise AirflowException(f"shard {self.shard} was killed; a retry resumes it")

    def _label(self, plan: Plan) -> str:
        numbers = plan.task_shards(self.shard)
        first, last = plan.shards[numbers[0]], plan.shards[numbers[-1]]
        unit = "pieces" if plan.adaptive else "batches"
        content = f"{unit} {first.first}-{last.first + last.count - 1}" if last.count else f"no {unit}"
        shards = f"shard {numbers[0]}" if len(numbers) == 1 else f"shards {numbers[0]}-{numbers[-1]}"
        return f"{shards} ({content})"
