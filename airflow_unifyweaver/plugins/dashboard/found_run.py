"""A run that was found in the storage."""

from __future__ import annotations

from typing import Any, NamedTuple

from airflow_unifyweaver.run.directory import RunDirectory


class FoundRun(NamedTuple):
    """A job's run within a DAG run.

    :param planned: when it was planned last, in seconds since 1970.
    :param dag_id: the DAG.
    :param run_id: the DAG run.
    :param job: the job, as its folder is called.
    :param directory: where the run stands.
    :param published: of a run at a URL, what is told with its result; None as long as it has none.
    """

    planned: float
    dag_id: str
    run_id: str
    job: str
    directory: RunDirectory
    published: dict[str, Any] | None = None
