"""The last step of a job: merge the results of all shards and publish."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.sdk import XComArg

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.job_operator import JobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_unifyweaver.run.directory import RunDirectory


class AggregateOperator(JobOperator):
    """Merges the committed results of a run, publishes them, and returns where they are.

    :param job: the job, see :class:`~airflow_unifyweaver.operators.job_operator.JobOperator`.
    :param shards: output of the mapped :class:`~airflow_unifyweaver.ParallelMapOperator`. It says only what comes
        first, and is never pulled: that would be one request a shard, and the results stand in the run's directory.
    """

    def __init__(self, *, shards: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        XComArg.apply_upstream_relationship(self, shards)

    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> dict[str, Any]:  # noqa: ARG002
        """Publish, and return the path of the result and what is in it."""
        from airflow_unifyweaver import runner

        runner.require_plan(job, run)
        facts = asdict(runner.publish_run(job, run))
        return {"result": str(facts.pop("file")), **facts}
