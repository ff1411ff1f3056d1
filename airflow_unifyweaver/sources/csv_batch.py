"""Reading a batch of csv rows."""

from __future__ import annotations

import builtins
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import Manifest, Recipe, Span
from airflow_unifyweaver.sources.batches import FileBatch, FileReader
from airflow_unifyweaver.sources.csv_dialect import Dialect
from airflow_unifyweaver.sources.csv_row import row_type
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.source_file import SourceFile
from airflow_unifyweaver.words import counted

if TYPE_CHECKING:
    import pandas
    import pyarrow


class CsvBatch(FileBatch):
    """Rows of a csv file. A record is a ``dict`` of the columns in their order, all values ``str``.

    :raises SourceError: while records are read, when a row has another number of fields than there are columns.
    """

    def __init__(
        self, file: SourceFile, encoding: Encoding, spans: Sequence[Span], dialect: Dialect, columns: list[str]
    ) -> None:
        super().__init__(file, encoding, spans)
        self._dialect = dialect
        self._columns = columns

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Yield the rows."""
        columns = self._columns
        row_of = row_type(self._file.path, tuple(columns))
        return (row_of(zip(columns, row, strict=True)) for row in self._rows())

    def records(self) -> list[Span]:
        """Return where each row stands, with the blank lines beside it."""
        # Only a batch in which rows are wrong is looked at so closely: other workers do without the scanner.
        from airflow_unifyweaver.sources.csv_scan import scanner_of
        from airflow_unifyweaver.sources.cuts import ends_by_count, spans

        scanner = scanner_of(self._dialect, self._encoding)
        found: list[Span] = []
        for start, stop in self._spans:
            found += spans(start, stop, ends_by_count(scanner.scan(self._file, start, stop), 1, stop))
        return found

    def arrow(self) -> pyarrow.Table:
        """Return the rows as a table of strings."""
        arrow = extra_module("pyarrow", "arrow")
        table = self._arrow_of_simple_rows(arrow)
        if table is None:
            schema = arrow.schema([(name, arrow.string()) for name in self._columns])
            table = arrow.Table.from_arrays(
                [arrow.array(values, arrow.string()) for values in zip(*self._rows(), strict=True)], schema=schema
            )
        return table

    def pandas(self) -> pandas.DataFrame:
        """Return the rows as a frame of strings."""
        return extra_module("pandas", "pandas").DataFrame(list(self._rows()), columns=self._columns, dtype=str)

    def _rows(self) -> Iterator[list[str]]:
        width = len(self._columns)
        number = 0
        for row in self._dialect.rows(self._text()):
            if len(row) == width:
                number += 1
                yield row
            elif row:
                raise self._wrong_width(number, len(row))

    def _wrong_width(self, number: int, found: int) -> SourceError:
        fields, columns = counted(found, "field"), counted(len(self._columns), "column")
        return SourceError(
            f"{self._file.path}: the row at byte {self._row_offset(number)} has {fields} for {columns}; "
            "repair the row, or check source.delimiter and source.quotechar"
        )

    def _row_offset(self, number: int) -> int:
        """Return the offset in the file of a row, counted from 0 in the batch."""
        offset = self.records()[number][0]
        newline = self._encoding.newline
        line_ends = (newline, "\r".encode(self._encoding.name))
        while self._file.read(offset, offset + len(newline)) in line_ends:
            offset += len(newline)
        return offset

    def _arrow_of_simple_rows(self, arrow: Any) -> pyarrow.Table | None:
        """Parse with Arrow what it reads exactly as Python's csv module does; return nothing otherwise."""
        data = self.bytes()
        if not _is_simple(data, self._dialect, self._encoding):
            return None
        csv = extra_module("pyarrow.csv", "arrow")
        try:
            return csv.read_csv(
                io.BytesIO(data),
                csv.ReadOptions(use_threads=False, block_size=len(data), column_names=self._columns),
                csv.ParseOptions(delimiter=self._dialect.delimiter, quote_char=False),
                csv.ConvertOptions(column_types=dict.fromkeys(self._columns, arrow.string())),
            )
        except arrow.ArrowInvalid:
            return None  # a row of another width, or bytes that are not utf-8: the other way says where


class CsvReader(FileReader):
    """Opens batches of csv rows."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        super().__init__(manifest, spool)
        self._dialect = Dialect(manifest["delimiter"], manifest["quotechar"])

    def read_part(self, recipe: Recipe) -> CsvBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        file = self._open(recipe["file"])
        entry: FileEntry = self._manifest["files"][recipe["file"]]
        span = recipe["start"], recipe["stop"]
        return CsvBatch(file, encoding_named(entry["encoding"]), [span], self._dialect, entry["columns"])


def _is_simple(data: builtins.bytes, dialect: Dialect, encoding: Encoding) -> bool:
    has_quotes = bool(dialect.quotechar) and dialect.quotechar.encode() in data
    return (
        encoding.name in ("utf-8", "ascii")
        and "\0" < dialect.delimiter < "\x80"
        and not has_quotes
        and b"\r" not in data
        and not data.startswith(b"\xef\xbb\xbf")
    )
