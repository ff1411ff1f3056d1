"""The order in which the batches of a shard are handed out, when the job wants another one than the plan's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.run.directory import batch_id
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.worker import describe
from airflow_unifyweaver.sources.base import Batch, Manifest, Reader
from airflow_unifyweaver.sources.packing import parts_of
from airflow_unifyweaver.work.function import FunctionReference

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob

Rank = Callable[[PlannedBatch], Any]
Order = Callable[[Iterator[PlannedBatch]], Iterator[PlannedBatch]]


def order_of(job: BatchJob, manifest: Manifest, reader: Reader) -> Order | None:
    """Return what puts the batches of a shard into the order in which they are to be handed out; it can be pickled.

    :return: None when that is the order of the plan.
    """
    priority = job.parallel.priority
    if priority is None:
        return None
    if priority.column is not None:
        return partial(by_rank, by_column(reader, priority.column))
    if priority.function is not None:
        return partial(by_rank, by_function(reader, FunctionReference(priority.function, str(job.base_dir))))
    return partial(by_rank, newest_first(manifest))


def by_rank(rank: Rank, batches: Iterator[PlannedBatch]) -> Iterator[PlannedBatch]:
    """Yield batches, those of the highest rank first; equal ones stay in the order of the plan.

    All of a shard's batches are held in memory for that.

    :raises JobError: when ranks cannot be compared.
    """
    ranked = [(rank(batch), batch) for batch in batches]
    try:
        ranked.sort(key=itemgetter(0), reverse=True)
    except TypeError as error:
        raise JobError(f"parallel.priority.function: what it returns has no order: {error}") from None
    yield from (batch for _, batch in ranked)


def newest_first(manifest: Manifest) -> Rank:
    """Rank batches by when their file was last written to; of several files in one, the newest counts.

    :raises JobError: when the batches are not parts of the source's files.
    """
    if "files" not in manifest:
        raise JobError("parallel.priority.file: the batches of this job are not parts of files of its source")
    return partial(_written, [entry["mtime_ns"] for entry in manifest["files"]])


def by_column(reader: Reader, column: str) -> Rank:
    """Rank batches by a column of their first record: numbers by value, and before any text.

    A batch without records, or whose first one cannot be read, comes last: it fails in its turn, if it does.

    :raises JobError: from the rank, when records have no such column.
    """
    return partial(_column_value, reader, column)


def by_function(reader: Reader, function: Callable[[Batch], Any]) -> Rank:
    """Rank batches by what a function returns for each.

    :raises JobError: from the rank, when the function fails.
    """
    return partial(_function_value, reader, function)


def _written(times: Sequence[int], batch: PlannedBatch) -> int:
    return max(times[part["file"]] for part in parts_of(json.loads(batch.recipe)))


def _column_value(reader: Reader, column: str, batch: PlannedBatch) -> tuple[bool, float, str]:
    try:
        for record in reader.read(json.loads(batch.recipe)):
            if not isinstance(record, dict) or column not in record:
                raise JobError(f"parallel.priority.column: the records of {batch_id(batch.index)} have no {column!r}")
            return _comparable(record[column])
    except SourceError:
        pass
    return False, -math.inf, ""


def _function_value(reader: Reader, function: Callable[[Batch], Any], batch: PlannedBatch) -> Any:
    read = reader.read(json.loads(batch.recipe))
    try:
        return function(read)
    except Exception as error:
        raise JobError(f"parallel.priority.function: {describe(error)}, on {batch_id(batch.index)}") from error


def _comparable(value: Any) -> tuple[bool, float, str]:
    try:
        return True, float(value), ""
    except (TypeError, ValueError, OverflowError):
        return False, 0.0, str(value)
