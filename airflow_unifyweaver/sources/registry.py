"""The types of sources: which module plans each, and which one reads its batches.

A module is imported when a source of its type is met, so that a worker loads nothing that it does not use.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import Manifest, Reader, SourcePlan
from airflow_unifyweaver.sources.connections import Connections, outside_airflow
from airflow_unifyweaver.sources.kept_window import KeptWindows
from airflow_unifyweaver.sources.spool import SPOOLED, spooled_manifest
from airflow_unifyweaver.sources.stream import StreamBacklog, StreamPosition

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob


class _SourceType(NamedTuple):
    """Where a type's planner and reader are, as ``module:name`` within this package.

    :param connected: whether the planner takes Airflow's connections, too.
    :param takes: whether planning takes from the source what it reads, so that the planner is given where to keep it.
    """

    planner: str
    reader: str
    connected: bool = False
    takes: bool = False


_TYPES = {
    "text": _SourceType("text_plan:plan_text", "text_batch:TextReader"),
    "csv": _SourceType("csv_plan:plan_csv", "csv_batch:CsvReader"),
    "awk": _SourceType("awk_plan:plan_awk", "awk_batch:AwkReader"),
    "command": _SourceType("command_plan:plan_command", "text_batch:TextReader"),
    "json": _SourceType("json_plan:plan_json", "json_reader:json_reader"),
    "parquet": _SourceType("parquet_plan:plan_parquet", "parquet_batch:ParquetReader"),
    "sql": _SourceType("sql_plan:plan_sql", "row_batch:RowReader", connected=True),
    "kafka": _SourceType("kafka_plan:plan_kafka", "kafka_batch:KafkaReader"),
    "rabbitmq": _SourceType("rabbitmq_plan:plan_rabbitmq", "kept_batch:MessageReader", takes=True),
    "http": _SourceType("http_plan:plan_http", "http_batch:HttpReader"),
}
_POSITIONS = {"kafka": "kafka_position:kafka_position"}
_BACKLOGS = {"kafka": "kafka_backlog:kafka_backlog", "rabbitmq": "rabbitmq_backlog:rabbitmq_backlog"}
_READERS = {
    "rows": "row_batch:RowReader",
    "messages": "kept_batch:MessageReader",
    **{name: kind.reader for name, kind in _TYPES.items()},
}


def plan_source(
    job: BatchJob,
    workers: int,
    spool: Path,
    connections: Connections = outside_airflow,
    windows: KeptWindows | None = None,
) -> SourcePlan:
    """Cut the source of a job into batches.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept to read the source again, which need not be there.
    :param connections: resolves Airflow's connections.
    :param windows: where runs of the job keep what they take from the source; None when nothing may be taken.
    :raises SourceError: when the source cannot be read.
    """
    kind = _TYPES[job.source.type]
    plan: Callable[..., SourcePlan] = _load(kind.planner)
    more: dict[str, Any] = {"connections": connections} if kind.connected else {}
    if kind.takes:
        if windows is None:
            raise SourceError(
                f"source.type {job.source.type}: what is read is gone from there, so that only a run may read it"
            )
        more["windows"] = windows
    return plan(job.source, job, workers, spool, **more)


def position_of(job: BatchJob) -> StreamPosition | None:
    """Return the position of a job in its stream, or None when its source is none that the broker keeps one for.

    :raises SourceError: when the broker cannot be reached.
    """
    if job.source.type not in _POSITIONS:
        return None
    position: StreamPosition = _load(_POSITIONS[job.source.type])(job.source, job)
    return position


def backlog_of(job: BatchJob, address: str | None) -> StreamBacklog:
    """Return what a job has not taken from its stream yet.

    :param address: what the connection of the source is, when the job names one.
    :raises SourceError: when the source is no stream.
    """
    if job.source.type not in _BACKLOGS:
        raise SourceError(f"source.type {job.source.type!r} is no stream; those are {', '.join(sorted(_BACKLOGS))}")
    backlog: StreamBacklog = _load(_BACKLOGS[job.source.type])(job.source, job, address)
    return backlog


def reader_for(manifest: Manifest, spool: Path) -> Reader:
    """Return the reader of a plan's batches.

    :param manifest: the plan's own, whose ``type`` decides.
    :param spool: the folder that the plan was made with.
    """
    if manifest["type"] == SPOOLED:
        return reader_for(spooled_manifest(spool), spool)
    reader: Callable[[Manifest, Path], Reader] = _load(_READERS[manifest["type"]])
    return reader(manifest, spool)


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"airflow_unifyweaver.sources.{module}"), name)
