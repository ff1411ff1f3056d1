"""What the three operators have in common: a job as template field, the run's directory, errors in Airflow's terms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.definitions._internal.contextmanager import DagContext

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.job_argument import JobArgument, JobFields, job_fields
from airflow_unifyweaver.operators.links import DashboardLink

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.definitions.mappedoperator import OperatorPartial

    from airflow_unifyweaver.run.directory import RunDirectory


class JobOperator(BaseOperator):
    """One step of a job.

    The job is checked when the DAG file is parsed, and again after the templates in its paths, queries and URLs were
    rendered.

    :param job: a :class:`~airflow_unifyweaver.BatchJob`, its fields as a dictionary, or the path of its file. Relative
        paths mean the folder of the job's file; in a dictionary, and of the job's file itself, that of the DAG file.
    """

    template_fields: Sequence[str] = ("job",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"job": "json"}
    operator_extra_links: Collection[BaseOperatorLink] = (DashboardLink(),)

    def __init__(self, *, job: JobArgument, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        fields = job_fields(job, kwargs.get("dag"))
        self.job = fields
        self._base_dir = fields.base_dir  # rendering puts a plain dictionary into the place of the fields
        self._function = fields.function

    @classmethod
    def partial(cls, *, job: JobArgument, **kwargs: Any) -> OperatorPartial:
        """Begin a mapped operator. Its job is checked right here, for Airflow makes the operators only when they run.

        :param job: as for the operator itself.
        """
        fields = job_fields(job, kwargs.get("dag") or DagContext.get_current())
        return super().partial(job=fields, **kwargs)

    def render_template(self, content: Any, context: Context, *args: Any, **kwargs: Any) -> Any:
        """Render a template; of a job, only its paths, queries and URLs, as its author or that of the DAG has them."""
        if not isinstance(content, JobFields):
            return super().render_template(content, context, *args, **kwargs)
        extended = cast("Context", dict(context) | content.own_names)
        return content.rendered(partial(super().render_template, context=extended), context["params"])

    def execute(self, context: Context) -> Any:
        """Do the step in the run's directory; what it returns goes to XCom and is small."""
        return self.in_run(self.do_step, context)

    def in_run(self, step: Callable[[BatchJob, RunDirectory, Context], Any], context: Context) -> Any:
        """Do something with the job in the run's directory.

        :param step: takes what :meth:`do_step` takes.
        """
        from airflow_unifyweaver.hooks.stream import provide_address
        from airflow_unifyweaver.operators.errors import airflow_errors
        from airflow_unifyweaver.operators.storage import run_directory
        from airflow_unifyweaver.operators.traces import note_counts, step_span
        from airflow_unifyweaver.run.remote.plans import fetch_plan
        from airflow_unifyweaver.work.function import FunctionReference

        with airflow_errors():
            job = BatchJob.from_dict(self.job, base_dir=self._base_dir)
            if self._function is not None:
                FunctionReference(str(job.work.python), str(job.base_dir)).give(self._function)
            provide_address(job)
            run = run_directory(job.name, str(self.dag_id), context["run_id"])
            fetch_plan(run)
            with step_span(self.task_type, job.name, run) as span:
                returned = step(job, run, context)
                note_counts(span, returned)
            return returned

    @abstractmethod
    def do_step(self, job: BatchJob, run: RunDirectory, context: Context) -> Any:
        """Do the step.

        :param job: the job, templates rendered.
        :param run: where the run stands.
        """
