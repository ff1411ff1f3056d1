"""From a job's ``work`` to the object that runs on batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.work.base import Work

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.work.function import FunctionReference
    from airflow_unifyweaver.work.prolog.reducer import PrologReducer


def work_for(job: BatchJob) -> Work:
    """Return the work of a job, with a Python function already imported.

    :raises JobError: when the function is not to be found.
    """
    folder = str(job.base_dir)
    if job.work.command is not None:
        from airflow_unifyweaver.work.command import CommandWork

        return CommandWork(job.work.command, tuple(job.work.ok_exit_codes), folder)
    if job.work.prolog is not None:
        from airflow_unifyweaver.work.prolog.build import prolog_work

        return prolog_work(job, job.work.prolog)
    from airflow_unifyweaver.work.python import PythonWork

    return PythonWork(_found(str(job.work.python), folder))


def prints_lines(job: BatchJob) -> bool:
    """Tell whether the results of a job's work are lines that it prints."""
    if job.work.prolog is None:
        return job.work.command is not None
    from airflow_unifyweaver.work.prolog.build import prints

    return prints(job.work.prolog)


def reducer_for(job: BatchJob) -> FunctionReference | PrologReducer | None:
    """Return the job's own reducer, a function already imported, or None when it uses a built-in one."""
    reduce = job.aggregation.reduce
    if not isinstance(reduce, str):
        from airflow_unifyweaver.work.prolog.build import prolog_reducer

        return prolog_reducer(job, reduce.prolog)
    if ":" not in reduce:
        return None
    return _found(reduce, str(job.base_dir))


def _found(reference: str, folder: str) -> FunctionReference:
    from airflow_unifyweaver.work.function import FunctionReference

    function = FunctionReference(reference, folder)
    function.resolve()
    return function
