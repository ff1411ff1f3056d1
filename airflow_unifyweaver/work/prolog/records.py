"""Records that are no text as Prolog reads them: a list of arguments a line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from airflow_unifyweaver.chunks import of_count
from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.prolog.swipl import encode

_CHUNK_RECORDS = 8_192
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SURE_DIGITS = 300
"""With no exponent and so many characters, a number is not beyond what a float can hold."""


class Form(StrEnum):
    """What the records of a source are to Prolog."""

    LINES = "lines"
    """One string each."""
    FIELDS = "fields"
    """An argument for each column, all of them text; those that look like numbers become numbers."""
    COLUMNS = "columns"
    """An argument for each column, of whatever kind JSON has."""
    VALUES = "values"
    """One value each, of whatever kind JSON has."""


def as_data(records: Iterable[Any], form: Form, columns: Sequence[str] | None) -> Iterator[bytes]:
    """Yield records as Prolog reads them, many at a time.

    :param columns: the columns that become arguments; all of them, in their order, when None.
    :raises WorkError: when a record has no such column.
    """
    write = _WRITERS[form]
    for chunk in chunks(records):
        yield write(chunk, columns)


def chunks(records: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield records many at a time: one by one they would take three times as long to write."""
    return of_count(records, _CHUNK_RECORDS)


def _fields(rows: list[dict[str, str]], columns: Sequence[str] | None) -> bytes:
    return b"".join([b"[%b].\n" % b",".join(map(_field, _arguments(row, columns))) for row in rows])


def _columns(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> bytes:
    return b"".join([b"%b.\n" % encode(_arguments(row, columns)) for row in rows])


def _values(values: list[Any], _: Sequence[str] | None) -> bytes:
    return b"".join([b"%b.\n" % encode([value]) for value in values])


def _field(text: str) -> bytes:
    number = _NUMBER.fullmatch(text)
    if number is None or ((number.lastindex or len(text) > _SURE_DIGITS) and not _is_held(text)):
        return encode(text)
    return text.encode()


def _is_held(number: str) -> bool:
    """Tell whether Prolog has a number for a text: 5e123456 would be a syntax error, and 1e-400 would be 0.0."""
    mantissa, _, exponent = number.lower().partition("e")
    if not exponent and "." not in mantissa:
        return True
    value = float(number)
    return math.isfinite(value) and (value != 0 or not mantissa.strip("-0."))


def _arguments(row: Any, columns: Sequence[str] | None) -> list[Any]:
    if not isinstance(row, dict):
        raise WorkError(f"work.prolog.columns: a record is no object with columns, but a {type(row).__name__}")
    if columns is None:
        return list(row.values())
    missing = [name for name in columns if name not in row]
    if missing:
        raise WorkError(f"work.prolog.columns: a record has no column {missing[0]!r}; it has {', '.join(row)}")
    return [row[name] for name in columns]


_WRITERS: dict[Form, Callable[[list[Any], Sequence[str] | None], bytes]] = {
    Form.FIELDS: _fields,
    Form.COLUMNS: _columns,
    Form.VALUES: _values,
}
