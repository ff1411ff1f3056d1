"""Batch-parallel jobs for Apache Airflow: split a source, work through its batches, merge exactly once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_unifyweaver.dags import batch_task_group, dag_from_job, load_jobs, stream_asset
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.operators.aggregate import AggregateOperator
    from airflow_unifyweaver.operators.batch_split import BatchSplitOperator
    from airflow_unifyweaver.operators.parallel_map import ParallelMapOperator
    from airflow_unifyweaver.runner import run_job

_HOMES = {
    "AggregateOperator": "operators.aggregate",
    "BatchJob": "job.model",
    "BatchSplitOperator": "operators.batch_split",
    "ParallelMapOperator": "operators.parallel_map",
    "batch_task_group": "dags",
    "dag_from_job": "dags",
    "load_jobs": "dags",
    "run_job": "runner",
    "stream_asset": "dags",
}

__all__ = [
    "AggregateOperator",
    "BatchJob",
    "BatchSplitOperator",
    "ParallelMapOperator",
    "batch_task_group",
    "dag_from_job",
    "load_jobs",
    "run_job",
    "stream_asset",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package costs nothing (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
