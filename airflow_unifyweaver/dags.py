"""From jobs to task groups and DAGs, in one line of a DAG file.

That line begins with ``from airflow_unifyweaver.dags import``: Airflow passes over files in which the words "airflow"
and "dag" do not both stand.
"""

from __future__ import annotations

import inspect
import logging
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, TaskGroup, timezone
from airflow.sdk.definitions._internal.contextmanager import DagContext

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.operators.aggregate import AggregateOperator
from airflow_unifyweaver.operators.batch_split import BatchSplitOperator
from airflow_unifyweaver.operators.broken_job import BrokenJobOperator
from airflow_unifyweaver.operators.job_argument import JobArgument, JobFields, job_fields, load_job
from airflow_unifyweaver.operators.parallel_map import ParallelMapOperator

log = logging.getLogger(__name__)

BROKEN_TAG = "broken job"
"""Tag of the DAGs that stand in the place of broken job files."""
_JOB_FILES = (".yaml", ".yml", ".json")


def batch_task_group(job: JobArgument, group_id: str | None = None) -> TaskGroup:
    """Add a job to the current DAG, as a group of three tasks.

    :param job: the job, its fields, or the path of its file, relative to the DAG file.
    :param group_id: the group's name; the job's own if absent.
    """
    fields = job_fields(job, DagContext.get_current())
    with TaskGroup(group_id or fields["name"].replace(".", "_")) as group:
        _add_steps(fields)
    return group


def dag_from_job(job: JobArgument, **dag_arguments: Any) -> DAG:
    """Make a DAG of a job; when this is done in a DAG file, Airflow finds it.

    :param job: the job, its fields, or the path of its file, relative to the calling file.
    :param dag_arguments: keyword arguments for Airflow's ``DAG``; they win over those in the job's ``dag``.
    :raises JobError: when the job is wrong, or Airflow refuses its ``dag``.
    """
    file = _calling_file()
    return _make_dag(load_job(job, file.parent), file, dag_arguments)


def load_jobs(folder: str | os.PathLike[str]) -> list[DAG]:
    """Make a DAG of every job file in a folder: each ``*.yaml``, ``*.yml`` and ``*.json``, in the order of their names.

    A broken file does not hide the others. Airflow knows import errors only of whole DAG files, and withdraws all DAGs
    of a file that has one; so in place of each broken file there is a DAG of its name, with the tag ``broken job``,
    that shows the reason in its description and fails with it. The reason also is in the log of the DAG processor.
    ``unifyweaver validate`` finds broken files before they are deployed.

    :param folder: relative to the calling file.
    :raises JobError: when there is no such folder.
    """
    file = _calling_file()
    path = file.parent / folder
    if not path.is_dir():
        raise JobError(f"{path}: there is no such folder of jobs")
    dags: dict[str, DAG] = {}
    for job_file in sorted(path.iterdir()):
        if job_file.suffix in _JOB_FILES:
            dag = _load(job_file, file, taken=dags)
            dags[dag.dag_id] = dag
    return list(dags.values())


def _load(job_file: Path, file: Path, taken: dict[str, DAG]) -> DAG:
    try:
        return _make_dag(_distinct(BatchJob.from_file(job_file), job_file, taken), file, {})
    except JobError as error:
        log.error("broken job: %s", error)  # noqa: TRY400 - the message alone says it all
        return _broken_dag(job_file, file, str(error), taken)


def _distinct(job: BatchJob, job_file: Path, taken: dict[str, DAG]) -> BatchJob:
    if job.name in taken:
        raise JobError(f"{job_file}: name: {job.name!r} is the name of another job in this folder already")
    return job


def _make_dag(job: BatchJob, file: Path, arguments: dict[str, Any]) -> DAG:
    with _dag(file, **{"dag_id": job.name, **job.dag, **arguments}) as dag:
        _add_steps(JobFields(job))
    return dag


def _broken_dag(job_file: Path, file: Path, reason: str, taken: dict[str, DAG]) -> DAG:
    name = re.sub(r"[^\w.-]", "_", job_file.stem)
    dag_id = name if name not in taken else f"{name}.broken"
    with _dag(file, dag_id=dag_id, description=reason, tags=[BROKEN_TAG]) as dag:
        BrokenJobOperator(task_id="broken", reason=reason)
    return dag


def _add_steps(job: JobFields) -> None:
    split = BatchSplitOperator(task_id="split", job=job)
    parts = ParallelMapOperator.partial(task_id="map", job=job).expand(shard=split.output)
    AggregateOperator(task_id="aggregate", job=job, shards=parts.output)


def _dag(file: Path, **arguments: Any) -> DAG:
    known = inspect.signature(DAG).parameters
    for name in arguments:
        if name not in known:
            raise JobError(f"dag.{name}: unknown argument of Airflow's DAG{did_you_mean(name, known)}")
    try:
        dag = DAG(**{name: _typed(name, value) for name, value in arguments.items()})
    except (TypeError, ValueError) as error:
        raise JobError(f"dag: {error}") from None
    dag.fileloc = str(file)  # Airflow takes the file that calls DAG(), which is this one
    return dag


def _typed(name: str, value: Any) -> Any:
    """Return an argument of a DAG as Airflow wants it, where a job file can say it only as text or number."""
    if name in ("start_date", "end_date") and isinstance(value, str):
        return timezone.parse(value)
    if name == "dagrun_timeout" and isinstance(value, int | float):
        return timedelta(seconds=value)
    if name == "default_args" and isinstance(value, dict):
        return {key: _typed(key, item) for key, item in value.items()}
    return value


def _calling_file() -> Path:
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return Path(frame.f_code.co_filename if frame else "").absolute()
