"""What Airflow's configuration says: where the runs of DAGs stand, and what ``backend: auto`` goes by."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from airflow.sdk.configuration import conf

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory


def run_directory(job: BatchJob, dag_id: str, run_id: str) -> RunDirectory:
    """Return the directory of a job's run within a DAG run: ``{storage}/{dag_id}/{run_id}/{job}``.

    :param run_id: the DAG run's; its logical date would not do, for a run that was triggered by hand may have none.
    :raises RunError: when one of the names cannot be that of a folder.
    """
    storage = Path(conf.get("unifyweaver", "storage")).absolute()
    return RunDirectory(storage / folder_name(dag_id) / folder_name(run_id) / job.name)


def configured_thresholds() -> dict[str, int]:
    """Return the sizes by which ``backend: auto`` decides.

    :raises JobError: when one of them is not a number of bytes.
    """
    from airflow_unifyweaver import settings

    return settings.thresholds(lambda name: conf.get("unifyweaver", name, fallback=None))


def folder_name(name: str) -> str:
    """Return a name as one component of a path: distinct names stay distinct, and none leads elsewhere.

    :raises RunError: when it consists of dots only.
    """
    if not name.strip("."):
        raise RunError(f"{name!r} cannot name the folder of a run")
    return quote(name, safe=":+~@=, ")


def supersede(run: RunDirectory) -> Path:
    """Set the directory of a run aside, so that a fresh one can take its place.

    :return: where it is now.
    """
    number = 1
    while (kept := run.path.with_name(f"{run.path.name}.superseded-{number}")).exists():
        number += 1
    return run.path.rename(kept)
