"""Batches of rows that stand in a file as lines of JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan, Span
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.json_keys import JsonKeys
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.source_file import SourceFile
from airflow_unifyweaver.sources.text_batch import LineBatch, LineReader
from airflow_unifyweaver.sources.text_plan import plan_lines
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from airflow_unifyweaver.job.batch import Batch

_JSON = "json"
_NULL = type(None).__name__


def plan_rows(
    entries: Sequence[FileEntry], kinds: Mapping[str, AbstractSet[str]], batch: Batch, workers: int, spool: Path
) -> SourcePlan:
    """Plan batches of rows that stand in files as lines of JSON.

    :param entries: the files.
    :param kinds: the columns, each with the Python types of its values.
    :param spool: the folder that the files are in.
    """
    columns = {name: _column_type(types - {_NULL}) for name, types in kinds.items()}
    manifest: Manifest = {"type": "rows", "columns": columns, "files": entries}
    grouping = grouping_of(batch)
    if grouping is None:
        return plan_lines(manifest, batch, workers, spool, scan_lines)
    return regroup(JsonKeys(manifest | {"exact": True}, None, grouping, spool), grouping, spool)


def _column_type(types: AbstractSet[str]) -> str:
    if types == {"int", "float"}:
        return "float"
    if types <= {"bool", "int", "float", "str"} and len(types) <= 1:
        return next(iter(types), "str")
    return _JSON


class RowBatch(LineBatch):
    """Rows; a record is a ``dict`` of the columns in their order.

    :param columns: the columns, each with the Python type of all its values, or ``json``.
    """

    def __init__(self, file: SourceFile, encoding: Encoding, spans: Sequence[Span], columns: Mapping[str, str]) -> None:
        super().__init__(file, encoding, spans)
        self._columns = columns

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        return map(json.loads, self._lines())

    def arrow(self) -> pyarrow.Table:
        """Return the rows as a table, of the same columns and types for all batches.

        Columns of values of several types, of lists and of objects are JSON text.
        """
        arrow = extra_module("pyarrow", "arrow")
        types = {"bool": arrow.bool_(), "int": arrow.int64(), "float": arrow.float64()}
        schema = arrow.schema([(name, types.get(kind, arrow.string())) for name, kind in self._columns.items()])
        if self.is_empty():
            return schema.empty_table()
        return self._parsed_by_arrow(arrow, schema) or arrow.Table.from_pylist(list(map(self._flat, self)), schema)

    def pandas(self) -> pandas.DataFrame:
        """Return the rows as a frame."""
        return extra_module("pandas", "pandas").DataFrame(list(self), columns=list(self._columns))

    def _flat(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: _flat_value(kind, row[name]) for name, kind in self._columns.items()}

    def _parsed_by_arrow(self, arrow: Any, schema: pyarrow.Schema) -> pyarrow.Table | None:
        """Parse with Arrow what it reads as Python does; return nothing otherwise."""
        if _JSON in self._columns.values():
            return None
        reader = extra_module("pyarrow.json", "arrow")
        data = self.bytes()
        options = reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        try:
            return reader.read_json(io.BytesIO(data), reader.ReadOptions(False, len(data)), options)
        except arrow.ArrowInvalid:
            return None  # NaN and the infinities, which are no JSON to Arrow


class RowReader(LineReader):
    """Opens batches of rows."""

    def read_part(self, recipe: Recipe) -> RowBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        return RowBatch(*self._lines(recipe), self._manifest["columns"])


def _flat_value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "float":
        return float(value)  # of an integer beyond 2**53 what Arrow's own parser makes of it
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if kind == _JSON else value
