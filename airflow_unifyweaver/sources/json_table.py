"""JSON values as a table."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.json_text import BLANKS

if TYPE_CHECKING:
    import pyarrow

# As a float, which Arrow makes of it where integers and fractions mix, such a number may be another one.
_LONG_INTEGER = re.compile(rb"[\s:,\[]-?\d{16}")


def columns(values: Sequence[Any]) -> dict[str, list[Any]]:
    """Return values by column: those of objects by their keys, others as the one column ``value``."""
    if not all(isinstance(value, dict) for value in values):
        return {"value": list(values)}
    names = dict.fromkeys(chain.from_iterable(values))
    return {name: [value.get(name) for value in values] for name in names}


def made_table(values: Sequence[Any], path: str) -> pyarrow.Table:
    """Return values as a table.

    :param path: the file, for the message of an error.
    :raises SourceError: when the values of a column have no type in common.
    """
    arrow = extra_module("pyarrow", "arrow")
    arrays = {}
    for name, column in columns(values).items():
        try:
            arrays[name] = arrow.array(column)
        except (arrow.ArrowException, OverflowError, UnicodeEncodeError) as error:
            raise SourceError(
                f"{path}: the values of {name!r} make no column of a table ({error}); "
                "iterate over the batch, or use its .pandas()"
            ) from None
    return arrow.table(arrays)


def parsed_table(lines: bytes) -> pyarrow.Table | None:
    """Let Arrow parse lines of objects into the table that their values make, only faster; return None if it cannot."""
    arrow = extra_module("pyarrow", "arrow")
    data = lines.strip(BLANKS.encode())
    line_ends = data.count(b"\n")
    # Where all lines end like this, none ends within a value. Arrow also knows other spellings of the infinities.
    if not data.startswith(b"{") or data.count(b"}\n{") != line_ends or b"Inf" in data or b"NaN" in data:
        return None
    try:
        found = _read(data)
        schema = arrow.schema([field.with_type(_plain(arrow, field.type)) for field in found.schema])
        if schema != found.schema:
            found = _read(data, explicit_schema=schema)
        found.validate(full=True)  # Arrow does not look whether text is UTF-8 while it parses
    except (arrow.ArrowException, UnicodeDecodeError):
        return None
    is_exact = "double" not in str(schema) or not _LONG_INTEGER.search(data)
    return found if is_exact and found.num_rows == line_ends + 1 else None


def _read(data: bytes, **options: Any) -> pyarrow.Table:
    json = extra_module("pyarrow.json", "arrow")
    return json.read_json(
        io.BytesIO(data),
        json.ReadOptions(use_threads=False, block_size=len(data) + 1),
        json.ParseOptions(**options),
    )


def _plain(arrow: Any, kind: Any) -> Any:
    """Return a type without the times that Arrow takes some strings for."""
    if arrow.types.is_timestamp(kind):
        return arrow.string()
    if arrow.types.is_struct(kind):
        return arrow.struct([field.with_type(_plain(arrow, field.type)) for field in kind])
    if arrow.types.is_list(kind):
        return arrow.list_(kind.value_field.with_type(_plain(arrow, kind.value_type)))
    return kind
