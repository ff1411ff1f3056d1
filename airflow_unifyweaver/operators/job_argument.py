"""The ``job`` argument that all operators share: a job in any form becomes checked fields that Airflow can template."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.job.http_pages import PLACEHOLDERS
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.parameters import is_triggered, with_parameters

if TYPE_CHECKING:
    from airflow.sdk import DAG

JobArgument = BatchJob | Mapping[str, Any] | str | os.PathLike[str]
"""A job, its fields, or the path of its file."""


TEMPLATED = (("source", "path"), ("source", "url"), ("source", "urls"), ("source", "query"), ("output", "path"))
"""Where Jinja templates work: in every path, query and URL. A command keeps its braces, which bash has uses for."""


class JobFields(dict[str, Any]):
    """The fields of a valid job, Jinja templates in them not yet rendered.

    Airflow serializes and templates them as the dictionary that they are.

    :param job: the job.
    :param parameters: those of a DAG that has the job's (:func:`~.parameters.job_parameters`), as its author sets them.
        Later they cannot be told from what a run is triggered with: Airflow puts that into the same objects.
    :param function: the work itself, when the field for it only says what it is called.
    """

    base_dir: Path
    """The folder that relative paths mean; not a field, so the DAG's serialized form is the same on every machine."""

    def __init__(
        self,
        job: BatchJob,
        *,
        parameters: Mapping[str, Any] | None = None,
        function: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(job.to_dict())
        self.base_dir = job.base_dir
        self.parameters = parameters
        self.function = function

    @property
    def own_names(self) -> dict[str, str]:
        """What stands in double braces in a job and is not Airflow's: each name, with itself in double braces."""
        return {name: f"{{{{{name}}}}}" for name in PLACEHOLDERS} if self["source"]["type"] == "http" else {}

    def rendered(self, render: Callable[[Any], Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields as a run of the DAG wants them, with the templates in them rendered.

        :param render: renders a text, or each text in a list.
        :param values: of the DAG's parameters in this run.
        """
        fields = with_parameters(self, values) if self.parameters is not None else dict(self)
        for part, name in TEMPLATED:
            triggered = self.parameters is not None and is_triggered(part, name, values, self.parameters)
            if not triggered and name in fields.get(part, ()):
                fields[part] = fields[part] | {name: render(fields[part][name])}
        return fields


def job_fields(job: JobArgument, dag: DAG | None) -> JobFields:
    """Load and check a job while a DAG file is parsed.

    :param job: the job in any form.
    :param dag: the DAG whose file's folder relative paths mean; without one, they mean the current folder.
    :raises JobError: when the job is wrong, which Airflow shows as the import error of the DAG file.
    """
    if isinstance(job, JobFields):
        return job
    return JobFields(load_job(job, Path(dag.folder) if dag else Path.cwd()))


def load_job(job: JobArgument, folder: Path) -> BatchJob:
    """Make a :class:`BatchJob` of a job in any form.

    :param folder: what relative paths mean, unless the job itself stands in a file.
    :raises JobError: when the job is wrong.
    """
    if isinstance(job, BatchJob):
        return job
    if isinstance(job, str | os.PathLike):
        return BatchJob.from_file(folder / job)
    return BatchJob.from_dict(job, base_dir=folder)
