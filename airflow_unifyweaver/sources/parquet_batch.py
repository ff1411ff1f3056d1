"""Reading a batch of row groups."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from airflow_unifyweaver.sources.base import Manifest, Recipe, Span
from airflow_unifyweaver.sources.batches import SHOWN_BYTES, FileReader
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.parquet_file import open_parquet, parquet_errors
from airflow_unifyweaver.sources.row_lines import RowLines
from airflow_unifyweaver.sources.row_values import json_column
from airflow_unifyweaver.sources.source_file import write_all

if TYPE_CHECKING:
    import pandas
    import pyarrow
    import pyarrow.parquet

_CHUNK_ROWS = 1_000


class ParquetBatch:
    """Rows of row groups that follow each other, which are read when they are asked for, a row group at a time.

    A record is a ``dict`` of the columns in their order, its values being what JSON can hold; the Arrow table has them
    in the file's own types. Places count rows of the batch, from 0.

    :param path: the file, for messages.
    :param file: the file, open.
    :param groups: numbers of the row groups.
    :param columns: the columns to read; all when None.
    """

    def __init__(
        self, path: str, file: pyarrow.parquet.ParquetFile, groups: range, columns: Sequence[str] | None
    ) -> None:
        self._path = path
        self._file = file
        self._groups = groups
        self._columns = columns
        self._picked: Sequence[Span] | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        for names, columns in self._chunks():
            values = [json_column(name, column) for name, column in zip(names, columns, strict=True)]
            for row in zip(*values, strict=True):
                yield dict(zip(names, row, strict=True))

    def arrow(self) -> pyarrow.Table:
        """Return the rows as a table, in the file's own types."""
        arrow = extra_module("pyarrow", "arrow")
        tables = list(self._tables())
        return arrow.concat_tables(tables) if tables else self._read(range(0))

    def pandas(self) -> pandas.DataFrame:
        """Return the rows as a frame, in the types that pandas has for the file's own."""
        extra_module("pandas", "pandas")
        return self.arrow().to_pandas()

    def bytes(self) -> builtins.bytes:
        """Return the rows as lines of JSON."""
        return b"".join(self._lines())

    def feed(self, descriptor: int) -> None:
        """Write the rows to a file descriptor that blocks, as lines of JSON.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        for lines in self._lines():
            write_all(descriptor, lines)

    @property
    def newline(self) -> builtins.bytes:
        """What ends each line."""
        return b"\n"

    def ends_line(self) -> bool:
        """Tell that every line has an end."""
        return True

    def is_empty(self) -> bool:
        """Tell whether there is no row in the batch."""
        return not (self._count(self._groups) if self._picked is None else self._picked)

    def records(self) -> list[Span]:
        """Return where each row stands."""
        if self._picked is not None:
            return list(self._picked)
        return [(number, number + 1) for number in range(self._count(self._groups))]

    def pick(self, records: Sequence[Span]) -> Self:
        """Return a batch of these rows only.

        :param records: some of :meth:`records`, in order.
        """
        picked = copy(self)
        picked._picked = records  # noqa: SLF001 - its own copy
        return picked

    def describe(self, record: Span) -> dict[str, Any]:
        """Return what a person needs to find and know a row: its number in the file from 0, its beginning as JSON."""
        before = self._count(range(self._groups.start))
        content = self.pick([record]).bytes()[:SHOWN_BYTES].decode("utf-8", "ignore").rstrip("\n")
        return {"file": self._path, "row": before + record[0], "content": content}

    def _count(self, groups: range) -> int:
        return sum(self._file.metadata.row_group(number).num_rows for number in groups)

    def _lines(self) -> Iterator[builtins.bytes]:
        for names, columns in self._chunks():
            yield RowLines(names).encode(list(zip(*columns, strict=True)))

    def _chunks(self) -> Iterator[tuple[list[str], list[list[Any]]]]:
        """Yield the names of the columns and their values, as Python has them, some rows at a time."""
        for table in self._tables():
            for chunk in table.to_batches(_CHUNK_ROWS):
                with parquet_errors(self._path, "has a value that Python cannot hold; .arrow() can"):
                    columns = [column.to_pylist() for column in chunk.columns]
                yield chunk.schema.names, columns

    def _tables(self) -> Iterator[pyarrow.Table]:
        first = 0
        for number in self._groups:
            rows = self._count(range(number, number + 1))
            if self._picked is None:
                yield self._read(range(number, number + 1))
            elif wanted := [start - first for start, _ in self._picked if first <= start < first + rows]:
                yield self._read(range(number, number + 1)).take(wanted)
            first += rows

    def _read(self, groups: range) -> pyarrow.Table:
        with parquet_errors(self._path, f"cannot be read from row group {groups.start}"):
            table = self._file.read_row_groups(list(groups), columns=self._columns, use_threads=False)
            return table if self._columns is None else table.select(self._columns)


class ParquetReader(FileReader):
    """Opens batches of row groups, and keeps what describes the last file, as the next batch is often in it too."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        super().__init__(manifest, spool)
        self._described = -1
        self._parquet: pyarrow.parquet.ParquetFile

    def read_part(self, recipe: Recipe) -> ParquetBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        file = self._open(recipe["file"])
        if self._described != recipe["file"]:
            self._parquet = open_parquet(file)
            self._described = recipe["file"]
        groups = range(recipe["start"], recipe["stop"])
        return ParquetBatch(file.path, self._parquet, groups, self._manifest["columns"])
