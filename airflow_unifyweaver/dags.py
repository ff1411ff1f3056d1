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
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, TaskGroup, timezone
from airflow.sdk.definitions._internal.contextmanager import DagContext

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.job_file import SUFFIXES
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.operators.broken_job import BrokenJobOperator
from airflow_unifyweaver.operators.callbacks import event_type
from airflow_unifyweaver.operators.job_argument import JobArgument, JobFields, job_fields, load_job
from airflow_unifyweaver.operators.parameters import job_parameters
from airflow_unifyweaver.operators.steps import add_steps

if TYPE_CHECKING:
    from airflow.sdk import Asset

log = logging.getLogger(__name__)

BROKEN_TAG = "broken job"
"""Tag of the DAGs that stand in the place of broken job files."""


def batch_task_group(
    job: JobArgument, group_id: str | None = None, *, conn_id: str | None = None, **map_arguments: Any
) -> TaskGroup:
    """Add a job to the current DAG, as a group of three tasks.

    :param job: the job, its fields, or the path of its file, relative to the DAG file.
    :param group_id: the group's name; the job's own if absent.
    :param conn_id: connection with options for a backend.
    :param map_arguments: more for :class:`~airflow_unifyweaver.ParallelMapOperator`: ``on_batch_failed_callback`` and
        the like, ``retries``, ``pool``.
    """
    fields = job_fields(job, DagContext.get_current())
    with TaskGroup(group_id or fields["name"].replace(".", "_")) as group:
        add_steps(fields, group, conn_id=conn_id, map_arguments=map_arguments)
    return group


def dag_from_job(job: JobArgument, *, conn_id: str | None = None, **arguments: Any) -> DAG:
    """Make a DAG of a job; when this is done in a DAG file, Airflow finds it.

    Whoever triggers the DAG may set the source, the batch size, the backend and the number of workers for that run.

    :param job: the job, its fields, or the path of its file, relative to the calling file.
    :param conn_id: connection with options for a backend.
    :param arguments: callbacks for batches, as :class:`~airflow_unifyweaver.ParallelMapOperator` has them; all others
        are for Airflow's ``DAG``, and win over those in the job's ``dag``.
    :raises JobError: when the job is wrong, or Airflow refuses its ``dag``.
    """
    file = _calling_file()
    callbacks = {name: arguments.pop(name) for name in list(arguments) if event_type(name)}
    return _make_dag(load_job(job, file.parent), file, arguments, conn_id, callbacks)


def stream_asset(job: JobArgument, dag_id: str | None = None) -> Asset:
    """Return what to schedule a DAG by whose job reads a stream: it runs when a window is over, or a batch is there.

    Only one run at a time is started, and takes all that has come by then.

    :param job: the job, its fields, or the path of its file, relative to the calling file.
    :param dag_id: the DAG; of the job's name if absent.
    :raises JobError: when the job is wrong, or its source is no stream.
    """
    from airflow.sdk import Asset, AssetWatcher

    from airflow_unifyweaver.triggers.stream import StreamTrigger

    loaded = load_job(job, _calling_file().parent)
    if not loaded.source.is_stream:
        raise JobError(f"source.type {loaded.source.type} is no stream, so that nothing tells when to run")
    name = dag_id or loaded.name
    watcher = AssetWatcher(name=f"{name}.stream", trigger=StreamTrigger(loaded.to_dict(), name))
    return Asset(name=f"{name}.stream", uri=f"unifyweaver://{name}/stream", watchers=[watcher])


def load_jobs(folder: str | os.PathLike[str]) -> list[DAG]:
    """Make a DAG of every job file in a folder: each ``*.yaml``, ``*.yml``, ``*.json`` and ``*.pl``, in the order
    of their names.

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
    job_files = [found for found in sorted(path.iterdir()) if found.suffix in SUFFIXES]
    dags: dict[str, DAG] = {}
    for job_file, job in zip(job_files, BatchJob.from_files(job_files), strict=True):
        dag = _load(job_file, job, file, taken=dags)
        dags[dag.dag_id] = dag
    return list(dags.values())


def _load(job_file: Path, job: BatchJob | JobError, file: Path, taken: dict[str, DAG]) -> DAG:
    try:
        if isinstance(job, JobError):
            raise job
        return _make_dag(_distinct(job, job_file, taken), file, {}, None, {})
    except JobError as error:
        log.error("broken job: %s", error)  # noqa: TRY400 - the message alone says it all
        return _broken_dag(job_file, file, str(error), taken)


def _distinct(job: BatchJob, job_file: Path, taken: dict[str, DAG]) -> BatchJob:
    dag_id = job.dag.get("dag_id", job.name)
    if dag_id in taken:
        field = "name" if dag_id == job.name else "dag.dag_id"
        raise JobError(f"{job_file}: {field}: {dag_id!r} is the name of another job in this folder already")
    return job


def _make_dag(
    job: BatchJob, file: Path, arguments: dict[str, Any], conn_id: str | None, map_arguments: dict[str, Any]
) -> DAG:
    given = {"dag_id": job.name, **job.dag, **arguments}
    if job.source.is_stream:
        given = {"schedule": [stream_asset(job, given["dag_id"])], "max_active_runs": 1, **given}
    try:
        params = {**job_parameters(job), **(given.pop("params", None) or {})}
        with _dag(file, **given, params=params) as dag:
            registers, dag.auto_register = dag.auto_register, False  # not what Airflow refuses half way
            steps = JobFields(job, parameters=dag.params.dump())
            add_steps(steps, dag.task_group, conn_id=conn_id, map_arguments=map_arguments)
            dag.validate()  # type: ignore[no-untyped-call]
            dag.auto_register = registers
    except JobError:
        raise
    except Exception as error:  # Airflow has many kinds for what is wrong with its arguments
        raise JobError(f"dag: {error}") from None
    return dag


def _broken_dag(job_file: Path, file: Path, reason: str, taken: dict[str, DAG]) -> DAG:
    name = re.sub(r"[^\w.-]", "_", job_file.stem)
    dag_id = name if name not in taken else f"{name}.broken"
    with _dag(file, dag_id=dag_id, description=reason, tags=[BROKEN_TAG]) as dag:
        BrokenJobOperator(task_id="broken", reason=reason)
    return dag


def _dag(file: Path, **arguments: Any) -> DAG:
    known = inspect.signature(DAG).parameters
    for name in arguments:
        if name not in known:
            raise JobError(f"dag.{name}: unknown argument of Airflow's DAG{did_you_mean(name, known)}")
    dag = DAG(**{name: _typed(name, value) for name, value in arguments.items()})
    dag.fileloc = str(file)  # Airflow takes the file that calls DAG(), which is this one
    return dag


def _typed(name: str, value: Any) -> Any:
    """Return an argument of a DAG as Airflow wants it, where a job file can say it only as text or number."""
    if name in ("start_date", "end_date") and isinstance(value, str):
        return timezone.parse(value)
    if name in ("dagrun_timeout", "execution_timeout") and isinstance(value, int | float):
        return timedelta(seconds=value)
    if name == "default_args" and isinstance(value, dict):
        return {key: _typed(key, item) for key, item in value.items()}
    return value


def _calling_file() -> Path:
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return Path(frame.f_code.co_filename if frame else "").absolute()
