"""The three operators of a job, one after another, in whatever DAG or group is current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import XComArg

from airflow_unifyweaver.operators.aggregate import AggregateOperator
from airflow_unifyweaver.operators.batch_split import BatchSplitOperator
from airflow_unifyweaver.operators.job_argument import JobFields
from airflow_unifyweaver.operators.parallel_map import ParallelMapOperator

if TYPE_CHECKING:
    from airflow.sdk import Asset, TaskGroup


def add_steps(
    job: JobFields,
    group: TaskGroup,
    *,
    conn_id: str | None = None,
    map_arguments: dict[str, Any] | None = None,
    after: XComArg | None = None,
) -> AggregateOperator:
    """Add the operators of a job, and return the last.

    :param job: the job.
    :param group: the group they are in, a DAG's own included; with the DAG's name it makes that of the result's asset.
    :param conn_id: connection with options for a backend.
    :param map_arguments: more for :class:`~airflow_unifyweaver.ParallelMapOperator`.
    :param after: what another task returns that a template in the job stands for.
    """
    split = BatchSplitOperator(task_id="split", job=job, conn_id=conn_id)
    if after is not None:
        XComArg.apply_upstream_relationship(split, after)
    mapped = ParallelMapOperator.partial(task_id="map", job=job, conn_id=conn_id, **(map_arguments or {}))
    shards = mapped.expand(shard=split.output).output
    outlet = result_asset(split.dag.dag_id, group.group_id or job["name"])
    return AggregateOperator(task_id="aggregate", job=job, shards=shards, outlets=[outlet])


def result_asset(dag_id: str, name: str) -> Asset:
    """Return the asset that is a job's published result, for a DAG that waits for it.

    :param dag_id: the DAG of the job.
    :param name: of the job's task group, or of the job when its DAG was made of it.
    """
    from airflow.sdk import Asset

    return Asset(name=f"{dag_id}.{name}", uri=f"unifyweaver://{dag_id}/{name}")
