"""Planning a database query: its rows are read once, in one snapshot, into a file of the run.

A snapshot ends with the transaction that sees it, but the batches of a run are read by other tasks, and again after
hours. So batches are parts of that file.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError, writing
from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.connections import Connections
from airflow_unifyweaver.sources.planning import list_entries
from airflow_unifyweaver.sources.row_batch import plan_rows
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.sources.sql_address import Address, address_of
from airflow_unifyweaver.sources.sql_query import KeyRange, Query
from airflow_unifyweaver.sources.sql_reader import ReadTask, read_in_parallel
from airflow_unifyweaver.sources.sql_rows import Written, write_rows
from airflow_unifyweaver.sources.sql_session import export_snapshot, session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.sql_source import SqlSource

MOST_READERS = 8
"""How many connections read at the same time at most: a database has others to serve."""

READER_ROWS = 50_000
"""Rows that are worth a further reader."""


def plan_sql(source: SqlSource, job: BatchJob, workers: int, spool: Path, connections: Connections) -> SourcePlan:
    """Plan a query by way of the spool: it is run when the first batch is asked for, and never again.

    So the version of the source is what the job says of it, and a run keeps its snapshot.

    :param workers: how many batches run at a time, and connections read; sizes the batches when the job does not.
    :param spool: the run's folder, which gets the rows.
    :param connections: resolves Airflow's connections.
    :raises SourceError: from the recipes, when the database or the query is wrong.
    """

    def fill(folder: Path) -> SourcePlan:
        file = folder / "rows.ndjson"
        written = _read(address_of(source, job, connections), Query(source.query, source.key or ()), workers, file)
        return plan_rows(list_entries(str(file), str, "utf-8"), written.kinds, job.batch, workers, folder)

    return spooled({"type": "sql"}, spool, fill)


def _read(address: Address, query: Query, workers: int, file: Path) -> Written:
    with session(address) as connection:
        if query.key:
            query.check(connection)
        snapshot = export_snapshot(connection) if query.key and workers > 1 else None
        if snapshot is None:
            return write_rows(connection, query, None, file)
        expected = query.count(connection)
        parts = _parts(connection, query, expected, min(workers, MOST_READERS, expected // READER_ROWS))
        if len(parts) == 1:
            return write_rows(connection, query, None, file)
        tasks = [
            ReadTask(address, snapshot, query, part, file.with_name(f"part_{number}.ndjson"))
            for number, part in enumerate(parts)
        ]
        written = read_in_parallel(tasks)
    if written.rows != expected:
        raise SourceError(
            f"source.query: has {expected} rows, but {written.rows} when it is read by ranges of source.key, so it is "
            "not the same each time; take out what makes it so, such as random() or a LIMIT without ORDER BY, or "
            "leave out source.key"
        )
    _join([task.target for task in tasks], file)
    return written


def _parts(connection: Connection, query: Query, rows: int, readers: int) -> list[KeyRange]:
    """Return ranges of the key with nearly equal numbers of rows, in its order."""
    if readers < 2:
        return [KeyRange()]
    borders = query.borders(connection, [rows * number // readers for number in range(1, readers)])
    return [KeyRange(low, high) for low, high in zip([None, *borders], [*borders, None], strict=True)]


def _join(parts: list[Path], file: Path) -> None:
    """Make one file of several, so that the batches do not depend on how many readers there were."""
    with writing(file):
        parts[0].replace(file)
        with file.open("ab") as whole:
            for part in parts[1:]:
                with part.open("rb") as more:
                    shutil.copyfileobj(more, whole, 1 << 20)
                part.unlink()
            whole.flush()
            os.fsync(whole.fileno())
