"""Planning batches of row groups, from the description at the end of each Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import batch_bytes
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.parquet_file import open_parquet
from airflow_unifyweaver.sources.planning import list_entries, total_size
from airflow_unifyweaver.sources.source_file import open_source

if TYPE_CHECKING:
    import pyarrow.parquet

    from airflow_unifyweaver.job.file_source import ParquetSource
    from airflow_unifyweaver.job.model import BatchJob


class _RowGroup(NamedTuple):
    """How much a row group holds: rows, and bytes of the chosen columns in memory."""

    rows: int
    size: int


def plan_parquet(source: ParquetSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of whole row groups: as many as together have ``batch_size`` rows, or ``batch_bytes`` in memory.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    :raises SourceError: when a file is missing or no Parquet file, or lacks a column.
    """
    entries = list_entries(source.path, job.resolve, "utf-8")
    manifest: Manifest = {"type": "parquet", "columns": source.columns and list(source.columns), "files": entries}
    groups = [_row_groups(entry, source.columns, spool) for entry in entries]
    count = job.batch.batch_size
    in_memory = sum(group.size for file in groups for group in file)
    target = count or batch_bytes(job.batch, in_memory, workers)
    measures = [[group.rows if count else group.size for group in file] for file in groups]
    unit = in_memory / max(1, sum(map(len, groups)))
    return SourcePlan(manifest, total_size(entries), _recipes(measures, target), unit)


def _row_groups(entry: FileEntry, columns: Sequence[str] | None, spool: Path) -> list[_RowGroup]:
    file = open_parquet(open_source(entry, spool))
    _check_columns(entry["path"], columns, file.schema_arrow.names)
    return [_row_group(file.metadata.row_group(number), columns) for number in range(file.num_row_groups)]


def _row_group(group: pyarrow.parquet.RowGroupMetaData, columns: Sequence[str] | None) -> _RowGroup:
    parts = map(group.column, range(group.num_columns))
    # A nested column has several parts, whose paths begin with its name.
    chosen = [part for part in parts if columns is None or _is_part(part.path_in_schema, columns)]
    size = sum(part.total_uncompressed_size for part in chosen)
    return _RowGroup(group.num_rows, size if group.num_rows else 0)


def _is_part(path: str, columns: Sequence[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in columns)


def _check_columns(path: str, columns: Sequence[str] | None, known: Sequence[str]) -> None:
    repeated = sorted({name for name in known if known.count(name) > 1})
    if repeated:
        raise SourceError(f"{path} has the column {', '.join(repeated)} more than once; write it with distinct names")
    for name in columns or ():
        if name not in known:
            raise SourceError(f"source.columns: {path} has no column {name!r}{did_you_mean(name, known)}")


def _recipes(files: Sequence[Sequence[int]], target: int) -> Iterator[Recipe]:
    """Yield runs of row groups that reach the target, and what is left at the end of each file."""
    for index, measures in enumerate(files):
        start = reached = 0
        for number, measure in enumerate(measures):
            reached += measure
            if reached >= target:
                yield {"file": index, "start": start, "stop": number + 1}
                start, reached = number + 1, 0
        if reached:
            yield {"file": index, "start": start, "stop": len(measures)}
