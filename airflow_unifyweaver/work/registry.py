"""From a job's ``work`` to the object that runs on batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.work.base import Work
from airflow_unifyweaver.work.command import CommandWork
from airflow_unifyweaver.work.function import FunctionReference
from airflow_unifyweaver.work.python import PythonWork

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob


def work_for(job: BatchJob) -> Work:
    """Return the work of a job, with a Python function already imported.

    :raises JobError: when the function is not to be found.
    """
    folder = str(job.base_dir)
    if job.work.command is not None:
        return CommandWork(job.work.command, tuple(job.work.ok_exit_codes), folder)
    function = FunctionReference(str(job.work.python), folder)
    function.resolve()
    return PythonWork(function)


def reducer_for(job: BatchJob) -> FunctionReference | None:
    """Return the job's own reducer, already imported, or None when it uses a built-in one."""
    if ":" not in job.aggregation.reduce:
        return None
    function = FunctionReference(job.aggregation.reduce, str(job.base_dir))
    function.resolve()
    return function
