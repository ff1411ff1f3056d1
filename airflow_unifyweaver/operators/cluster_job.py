"""A step whose work a cluster may do: it joins what a killed try has left there, and can be deferred meanwhile."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.sdk import ResumableJobMixin
from airflow.sdk.exceptions import AirflowException, TaskDeferralError, TaskDeferralTimeout

from airflow_unifyweaver.operators.cluster_step import FAILED, RUNNING, SUCCEEDED, ClusterStep
from airflow_unifyweaver.operators.job_operator import JobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context
    from pydantic import JsonValue

    from airflow_unifyweaver.backends.launch import Launch
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.run.directory import RunDirectory


class ClusterJobOperator(ResumableJobMixin, JobOperator):
    """A step of a job that a cluster may do.

    :param deferrable: whether to be deferred while a cluster works.
    :param durable: whether a try joins what an earlier one that was killed has left on the cluster.
    """

    external_id_key = "unifyweaver_job"
    _step: ClusterStep
    _result: Any = None

    def __init__(self, *, deferrable: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable

    @abstractmethod
    def cluster_step(self, job: BatchJob, run: RunDirectory, context: Context) -> ClusterStep:
        """Return what there is to do.

        :param job: the job, templates rendered.
        :param run: where the run stands.
        """

    def on_cluster(self, step: ClusterStep, context: Context) -> Any:
        """Have a cluster do the step, and return how many batches and results there are."""
        self._step, self._result = step, None
        with step.cancelled_on_error():
            return self.execute_resumable(context)

    def go_on(self, context: Context, event: dict[str, str]) -> Any:
        """Go on after the task was deferred.

        :param event: what the trigger says: which launch has ended, or what is wrong.
        :raises AirflowException: when something is.
        """
        from airflow_unifyweaver.backends.launch import Launch

        def finish(job: BatchJob, run: RunDirectory, context: Context) -> Any:
            self._step = self.cluster_step(job, run, context)
            with self._step.cancelled_on_error():
                if "error" in event:
                    raise AirflowException(event["error"])
                return self._finish(Launch.at(event["launch"]), context)

        return self.in_run(finish, context)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on, or cancel what is on the cluster because the time was up or the trigger failed."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except (TaskDeferralError, TaskDeferralTimeout):
            self.in_run(lambda *arguments: self.cluster_step(*arguments).cancel(), context)
            raise

    def submit_job(self, context: Context) -> JsonValue:  # noqa: ARG002
        """Begin a launch, and return its reference: the launch, and the cluster's id of the job."""
        launch = self._step.start(join=self.durable)
        return None if launch is None else launch.reference

    def get_job_status(self, external_id: JsonValue, context: Context) -> str:  # noqa: ARG002
        """Tell how the launch of an earlier try stands."""
        launch = self._step.noted(external_id)
        return self._step.status(launch) if launch is not None else FAILED

    def is_job_active(self, status: str) -> bool:
        """Tell whether to join it."""
        return status == RUNNING

    def is_job_succeeded(self, status: str) -> bool:
        """Tell whether all that is left to do is to tell of it."""
        return status == SUCCEEDED

    def poll_until_complete(self, external_id: JsonValue, context: Context) -> None:
        """Wait, or leave that to a trigger."""
        launch = self._step.noted(external_id)
        if self.deferrable and launch is not None and launch.is_running:
            from airflow_unifyweaver.triggers.launch import LaunchTrigger

            launch.defer()
            trigger = LaunchTrigger(launch.address)
            self.defer(trigger=trigger, method_name="go_on", timeout=self.execution_timeout)
        self._result = self._finish(launch, context)

    def get_job_result(self, external_id: JsonValue, context: Context) -> Any:
        """Return how many batches and results there are; what handlers have been told they are not told again."""
        return self._result or self._finish(self._step.noted(external_id), context)

    def _finish(self, launch: Launch | None, context: Context) -> Any:
        result = self._step.finish(launch)
        if launch is not None:  # its id may not have been known when it was begun
            context["task_state_store"].set(self.external_id_key, launch.reference)
        return result
