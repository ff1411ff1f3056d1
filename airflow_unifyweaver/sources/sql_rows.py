"""The rows of a query, written to a file of lines of JSON as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.sources.row_lines import RowLines
from airflow_unifyweaver.sources.sql_query import KeyRange, Query, no_key

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_ROWS = 1_000
"""How many rows are held in memory at most."""

_FIRST_ROWS = 50
_CHUNK_BYTES = 1 << 20


@dataclass
class Written:
    """What was written.

    :param rows: how many rows.
    :param kinds: each column, with the Python types that its values have in JSON.
    """

    rows: int = 0
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: Written) -> None:
        """Add what was written elsewhere, for the same query."""
        self.rows += other.rows
        for name, kinds in other.kinds.items():
            self.kinds.setdefault(name, set()).update(kinds)


def write_rows(connection: Connection, query: Query, part: KeyRange | None, target: Path) -> Written:
    """Write the rows of a query to a new file; at most :data:`MOST_ROWS`, and some megabytes, are held at a time.

    :param part: the rows to read; all when None.
    :raises SourceError: when a value has no form in JSON, or a row no key.
    """
    with query.rows(connection, part) as result, writing(target), target.open("wb") as file:
        names = list(result.keys())
        keys = [names.index(name) for name in query.key]
        lines = RowLines(names)
        rows = size = 0
        while chunk := result.fetchmany(_chunk_rows(rows, size)):
            if any(row[key] is None for key in keys for row in chunk):
                raise no_key(query.key)
            size += file.write(lines.encode(chunk))
            rows += len(chunk)
    return Written(rows, lines.kinds)


def _chunk_rows(rows: int, size: int) -> int:
    """Return how many rows to fetch, of those that came so far having had so many bytes."""
    return max(1, min(MOST_ROWS, _CHUNK_BYTES * rows // size)) if rows else _FIRST_ROWS
