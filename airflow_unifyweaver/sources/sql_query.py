"""The statements that are made of a source's query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.nearest import did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

Key = tuple[Any, ...]
"""The values of a row's key."""

_NUMBER = '"number of the row"'
_PARAMETER = "\0"
"""What begins our parameters, as a colon does in SQLAlchemy; of the colons in a user's query none does."""


@dataclass(frozen=True)
class KeyRange:
    """Rows whose key is at least ``low`` and less than ``high``; None is no bound."""

    low: Key | None = None
    high: Key | None = None


@dataclass(frozen=True)
class Query:
    """A source's query.

    :param text: as the job has it.
    :param key: its key columns; none if the rows come as the database gives them.
    """

    text: str
    key: tuple[str, ...] = ()

    def rows(self, connection: Connection, part: KeyRange | None = None) -> CursorResult[Any]:
        """Run the query; rows are fetched as they are asked for, in the order of the key if there is one.

        :param part: the rows to read; all when None.
        :raises SourceError: when it gives no rows, columns that cannot be told apart, or has no such key.
        """
        if not self.key:
            return _checked(_lazily(connection, self._bare), ())
        columns = self._columns(connection)
        where, values = _condition(columns, part or KeyRange())
        sql = f"SELECT * {self._from}{where} ORDER BY {', '.join(columns)}"
        return _checked(_lazily(connection, sql, values), self.key)

    def check(self, connection: Connection) -> None:
        """Look at the columns of the query by itself: inside of another, two of one name may look like one.

        :raises SourceError: when the query or its key is wrong.
        """
        _checked(_lazily(connection, self._bare), self.key).close()

    def count(self, connection: Connection) -> int:
        """Return how many rows the query has.

        :raises SourceError: when there are some without a key.
        """
        missing = " OR ".join(f"{column} IS NULL" for column in self._columns(connection))
        sql = f"SELECT count(*), count(CASE WHEN {missing} THEN 1 END) {self._from}"
        counts: tuple[int, int] = tuple(_execute(connection, sql).one())
        rows, without_key = counts
        if without_key:
            raise no_key(self.key)
        return rows

    def borders(self, connection: Connection, numbers: Sequence[int]) -> list[Key]:
        """Return the keys of rows by their numbers, counted from 0 in the order of the key; equal ones once."""
        columns = ", ".join(self._columns(connection))
        numbered = f"SELECT {columns}, row_number() OVER (ORDER BY {columns}) - 1 AS {_NUMBER} {self._from}"
        wanted = f"{_NUMBER} IN ({', '.join(map(str, numbers))})"
        sql = f"SELECT {columns} FROM ({numbered}) r WHERE {wanted} ORDER BY {_NUMBER}"  # noqa: S608 - made of ours
        return list(dict.fromkeys(map(tuple, _execute(connection, sql))))

    @property
    def _bare(self) -> str:
        return self.text.rstrip().rstrip(";")

    @property
    def _from(self) -> str:
        return f"FROM ({self._bare}\n) q"  # a comment may end the query

    def _columns(self, connection: Connection) -> list[str]:
        quote = connection.dialect.identifier_preparer.quote
        return [quote(name) for name in self.key]


def no_key(key: Sequence[str]) -> SourceError:
    """Return the error for rows that have no place in the order of the key."""
    return SourceError(
        f"source.key: {' or '.join(key)} is NULL in some rows, which then have no place in its order; name columns "
        "that always have a value, or leave these rows out of the query"
    )


def _condition(columns: Sequence[str], part: KeyRange) -> tuple[str, dict[str, Any]]:
    """Return the condition that a row is in a range, and the values in it."""
    row = f"({', '.join(columns)})"
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for name, operator, bound in (("low", ">=", part.low), ("high", "<", part.high)):
        if bound is not None:
            names = [f"{name}_{index}" for index in range(len(bound))]
            conditions.append(f"{row} {operator} ({', '.join(_PARAMETER + each for each in names)})")
            values |= dict(zip(names, bound, strict=True))
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", values


def _lazily(connection: Connection, sql: str, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    return _execute(connection, sql, values, stream_results=True)


def _execute(
    connection: Connection, sql: str, values: Mapping[str, Any] | None = None, **options: bool
) -> CursorResult[Any]:
    from sqlalchemy import text

    statement = text(sql.replace(":", r"\:").replace(_PARAMETER, ":"))
    return connection.execute(statement.execution_options(**options), values or {})


def _checked(result: CursorResult[Any], key: Sequence[str]) -> CursorResult[Any]:
    try:
        _check_columns(list(result.keys()) if result.returns_rows else None, key)
    except SourceError:
        result.close()
        raise
    return result


def _check_columns(names: list[str] | None, key: Sequence[str]) -> None:
    if names is None:
        raise SourceError("source.query: gives no rows; write a query that does, such as a SELECT")
    if not names:
        raise SourceError("source.query: gives rows without columns; name at least one")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(
            f"source.query: gives the column {', '.join(repeated)} more than once; give each a name of its own with AS"
        )
    for name in key:
        if name not in names:
            raise SourceError(f"source.key: the query gives no column {name!r}{did_you_mean(name, names)}")
