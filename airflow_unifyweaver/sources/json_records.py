"""Records that are JSON values: as lines, as a table, as a frame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.batches import extra_module

if TYPE_CHECKING:
    import pandas
    import pyarrow

_COLUMN = "value"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


def to_line(record: Any) -> bytes:
    """Return a record as a line of JSON in UTF-8; half of a surrogate pair, which UTF-8 has not, stays escaped."""
    try:
        return _encode(record).encode() + b"\n"
    except UnicodeEncodeError:
        return _encode_ascii(record).encode() + b"\n"


def to_arrow(records: Iterable[Any]) -> pyarrow.Table:
    """Return records as a table, with a column for each name in any of them.

    :raises SourceError: when a column holds values that no type of Arrow takes together.
    """
    arrow = extra_module("pyarrow", "arrow")
    rows = _rows(records)
    columns = dict.fromkeys(name for row in rows for name in row)
    try:
        return arrow.table({name: arrow.array([row.get(name) for row in rows]) for name in columns})
    except (arrow.ArrowException, OverflowError) as error:
        raise SourceError(f"a batch's .arrow() needs one type a column: {error}; iterate over the batch") from None


def to_pandas(records: Iterable[Any]) -> pandas.DataFrame:
    """Return records as a frame, with a column for each name in any of them."""
    return extra_module("pandas", "pandas").DataFrame(_rows(records))


def _rows(records: Iterable[Any]) -> Sequence[dict[str, Any]]:
    return [record if isinstance(record, dict) else {_COLUMN: record} for record in records]
