"""What Airflow's configuration says: where the runs of DAGs stand, and what ``backend: auto`` goes by."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote

from airflow.sdk.configuration import conf

from airflow_unifyweaver import settings
from airflow_unifyweaver.exceptions import JobError, RunError
from airflow_unifyweaver.run.directory import RunDirectory, superseded
from airflow_unifyweaver.run.remote.addresses import plain_name, run_at
from airflow_unifyweaver.run.remote.plans import set_aside


def run_directory(job_name: str, dag_id: str, run_id: str) -> RunDirectory:
    """Return the directory of a job's run within a DAG run: ``{storage}/{dag_id}/{run_id}/{job}``.

    :param run_id: the DAG run's; its logical date would not do, for a run that was triggered by hand may have none.
    :raises RunError: when one of the names cannot be that of a folder.
    """
    return run_at(f"{_folder(dag_id, run_id)}/{job_name}")


def storage_folder() -> RunDirectory:
    """Return the folder of all runs, which stands at a path or a URL as runs do."""
    return run_at(conf.get("unifyweaver", "storage"))


def items_file(dag_id: str, run_id: str, task_id: str) -> str:
    """Return the path or URL of the file of the items that a task hands to a job of a DAG run."""
    return f"{_folder(dag_id, run_id)}/{folder_name(task_id)}.jsonl"


def configured_thresholds() -> dict[str, int]:
    """Return the sizes by which ``backend: auto`` decides.

    :raises JobError: when one of them is not a number of bytes.
    """
    return settings.thresholds(lambda name: conf.get("unifyweaver", name, fallback=None))


def abandoned_after() -> float:
    """Return the seconds after which what a cluster is at is cancelled, when no task waits for it.

    :raises JobError: when that is not a number.
    """
    said = conf.get("unifyweaver", "abandoned_after", fallback=None)
    if said is not None and not said.isdecimal():
        raise JobError(f"abandoned_after: wanted a number of seconds, got {said!r}")
    return settings.ABANDONED_SECONDS if said is None else int(said)


def _folder(dag_id: str, run_id: str) -> str:
    staging = conf.get("unifyweaver", "staging", fallback=None)
    if staging:  # for this process and those that it starts
        os.environ[settings.STAGING_VARIABLE] = staging
    storage: str = conf.get("unifyweaver", "storage")
    names = [folder_name(dag_id), folder_name(run_id)]
    return "/".join([storage.rstrip("/"), *names]) if "://" in storage else str(Path(storage, *names).absolute())


def folder_name(name: str) -> str:
    """Return a name as one component of a path: distinct names stay distinct, and none leads elsewhere.

    :raises RunError: when it consists of dots only.
    """
    if not name.strip("."):
        raise RunError(f"{name!r} cannot name the folder of a run")
    return plain_name(name) if "://" in conf.get("unifyweaver", "storage") else quote(name, safe=":+~@=, ")


def name_of(folder: str) -> str:
    """Return the name that :func:`folder_name` has made a folder's name of."""
    return unquote(folder.replace("=", "%") if "://" in conf.get("unifyweaver", "storage") else folder)


def supersede(run: RunDirectory) -> str:
    """Set the directory of a run aside, so that a fresh one can take its place.

    :return: where it is now.
    """
    if run.url is not None:
        return set_aside(run, run.url)
    return str(run.path.rename(superseded(str(run.path), os.path.exists)))
