"""A result as a Parquet file: its types are found in a first pass, its rows written in a second, some at a time."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any

from airflow_unifyweaver import chunks
from airflow_unifyweaver.exceptions import JobError, RunError
from airflow_unifyweaver.run.column_types import ColumnType, MixedTypesError

if TYPE_CHECKING:
    import pyarrow

GROUP_BYTES = 8 << 20
"""How much of the result a row group has, in bytes of its JSON; one is held in memory."""

Row = dict[str, Any]
Rows = Iterable[tuple[Row, int]]
"""Rows, each with the length of its JSON in bytes."""


def check_parquet() -> None:
    """Look whether Parquet files can be written here.

    :raises JobError: when the package for that is missing.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise JobError(
            "output.format: parquet needs pyarrow, which is not installed; pip install 'airflow-unifyweaver[arrow]'"
        )


def write_parquet(file: IO[bytes], rows: Callable[[], Rows], columns: Iterable[str]) -> None:
    """Write rows.

    :param file: where to.
    :param rows: gives the rows, each time that it is called.
    :param columns: the columns when there are no rows; else they are those of the rows, as they are met.
    :raises RunError: when the values of a column do not have one type.
    :raises UnicodeEncodeError: when text is no Unicode.
    """
    import pyarrow
    import pyarrow.parquet

    schema = _schema(pyarrow, rows(), columns)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for group in _groups(rows()):
            writer.write_table(pyarrow.Table.from_pylist(group, schema))


def _schema(arrow: Any, rows: Rows, columns: Iterable[str]) -> pyarrow.Schema:
    types: dict[str, ColumnType] = {}
    for number, (row, _) in enumerate(rows, 1):
        for name, value in row.items():
            try:
                types.setdefault(name, ColumnType()).see(value)
            except MixedTypesError as error:
                raise _unfit(name, f"{error}, in result {number}") from None
    types = types or {name: ColumnType() for name in columns}
    return arrow.schema([(name, _arrow_type(arrow, name, kind)) for name, kind in types.items()])


def _arrow_type(arrow: Any, name: str, kind: ColumnType) -> pyarrow.DataType:
    try:
        return kind.arrow(arrow)
    except MixedTypesError as error:
        raise _unfit(name, str(error)) from None


def _groups(rows: Rows) -> Iterator[list[Row]]:
    for group in chunks.of_size(rows, GROUP_BYTES, itemgetter(1)):
        yield [row for row, _ in group]


def _unfit(name: str, problem: str) -> RunError:
    return RunError(
        f"output.format: a column of a Parquet file has one type, but {name!r} has {problem}; let the work give values "
        "of one type, or write jsonl"
    )
