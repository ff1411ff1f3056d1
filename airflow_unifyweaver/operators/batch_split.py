"""The first step of a job: plan its batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.job_operator import JobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_unifyweaver.run.directory import RunDirectory
    from airflow_unifyweaver.run.plan import Plan


class BatchSplitOperator(JobOperator):
    """Plans the batches of a job, and returns the numbers of its shards to map over.

    There are at most 64 shards unless ``parallel.map_tasks`` says otherwise, and always one at least: a run over empty
    input is published too. A run that was planned before keeps its plan, and with it all that is done already. When
    the job or its input has changed since, the old run is set aside and a fresh one begins.

    :param job: the job, see :class:`~airflow_unifyweaver.operators.job_operator.JobOperator`.
    """

    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> list[int]:
        """Plan, and return the numbers of the shards."""
        return list(range(len(self._plan(job, run, context["run_id"]).shards)))

    def _plan(self, job: BatchJob, run: RunDirectory, run_id: str) -> Plan:
        from airflow_unifyweaver import runner
        from airflow_unifyweaver.exceptions import RunChangedError
        from airflow_unifyweaver.hooks.database import connection_url
        from airflow_unifyweaver.operators.storage import supersede

        try:
            return runner.plan_run(job, run, run_id=run_id, connections=connection_url)
        except RunChangedError as error:
            self.log.warning("%s; a fresh run begins, the old one is kept in %s", error, supersede(run))
            return runner.plan_run(job, run, run_id=run_id, connections=connection_url)
