"""The first step of a job: plan its batches."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import JobError
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
    :param conn_id: connection with options for a backend, the same as that of
        :class:`~airflow_unifyweaver.ParallelMapOperator`: with ``backend: auto``, a cluster that it leads to may be
        chosen.
    :raises JobError: when the DAG has another job of that name, for they would have one directory.
    """

    def __init__(self, *, conn_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self._refuse_namesake()

    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> list[int]:
        """Plan, and return the first shard of each mapped task instance."""
        from airflow_unifyweaver.hooks.registry import hook_of

        connected = hook_of(self.conn_id).with_options(job) if self.conn_id else job
        return self._plan(connected, job, run, context["run_id"]).tasks

    def _refuse_namesake(self) -> None:
        name = self.job["name"]
        dag = self.get_dag()
        for task in dag.tasks if dag else ():
            if isinstance(task, BatchSplitOperator) and task is not self and task.job["name"] == name:
                raise JobError(
                    f"name: the job of {self.task_id} is called {name!r}, and so is that of {task.task_id} in the same "
                    "DAG: their runs would be in one directory; give each a name of its own"
                )

    def _plan(self, connected: BatchJob, declared: BatchJob, run: RunDirectory, run_id: str) -> Plan:
        from airflow_unifyweaver import runner
        from airflow_unifyweaver.exceptions import RunChangedError
        from airflow_unifyweaver.hooks.database import connection_url
        from airflow_unifyweaver.operators.storage import configured_thresholds, supersede

        plan = partial(
            runner.plan_run,
            connected,
            run,
            run_id=run_id,
            connections=connection_url,
            thresholds=configured_thresholds(),
            declared=declared,
        )
        try:
            return plan()
        except RunChangedError as error:
            self.log.warning("%s; a fresh run begins, the old one is kept in %s", error, supersede(run))
            return plan()
