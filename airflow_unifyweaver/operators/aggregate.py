"""The last step of a job: merge the results of all shards and publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, TriggerRule, XComArg
from airflow.sdk.exceptions import AirflowFailException

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.job_operator import JobOperator
from airflow_unifyweaver.operators.lineage import lineage

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

    from airflow_unifyweaver.run.directory import RunDirectory


class AggregateOperator(JobOperator):
    """Merges the committed results of a run, publishes them, and returns where they are.

    The journals decide, and not the states of the mapped instances: it runs when these are done and one at least
    succeeded, so a shard that was finished by an instance that failed afterwards counts, and when too many batches
    failed it says so for the run as a whole. Where that cannot be mended by trying again, it is not tried again.
    Attempts that were under way in an instance that was killed, and is not tried again, become ``batch_failed`` here.
    Each asset among its ``outlets`` gets an event with what it returns as ``extra``.

    :param job: the job, see :class:`~airflow_unifyweaver.operators.job_operator.JobOperator`.
    :param shards: output of the mapped :class:`~airflow_unifyweaver.ParallelMapOperator`. It says only what comes
        first, and is never pulled: that would be one request a shard, and the results stand in the run's directory.
    """

    def __init__(self, *, shards: Any, trigger_rule: str = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, **kwargs: Any) -> None:
        super().__init__(trigger_rule=trigger_rule, **kwargs)
        self._lineage: Callable[[], OperatorLineage[Any, Any]] | None = None
        XComArg.apply_upstream_relationship(self, shards)

    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> dict[str, Any]:
        """Publish, and return the path or URL of the result and what is in it."""
        from airflow_unifyweaver import runner
        from airflow_unifyweaver.exceptions import DamagedResultsError, JobFailedError, RunError
        from airflow_unifyweaver.operators.subscriptions import airflow_subscriptions
        from airflow_unifyweaver.run.verdict import verdict

        plan = runner.require_plan(job, run)
        try:
            facts = asdict(runner.publish_run(job, run))
        except DamagedResultsError as error:
            raise AirflowFailException(f"{error}: clear the mapped tasks, and this one") from None
        except (JobFailedError, RunError):
            runner.report_abandoned(job, run, airflow_subscriptions(job, str(self.dag_id), self.task_id))
            allowed = job.failure.allowed_failures(plan.batches)
            reason = verdict(run, plan, allowed, by_pieces=runner.budget_by_pieces(job))
            if reason is None:
                raise
            raise AirflowFailException(reason) from None
        published = {"result": f"{run.place}/{facts.pop('file').relative_to(run.path)}", **facts}
        self._lineage = partial(lineage, job, plan, published)
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra |= published
        return published

    def get_openlineage_facets_on_complete(self, _: object) -> OperatorLineage[Any, Any] | None:
        """Tell OpenLineage, where its provider is installed, of input, output and batches."""
        return self._lineage() if self._lineage else None
