"""Records that are no text as Prolog reads them: a list of arguments a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.prolog.swipl import encode

_CHUNK_RECORDS = 8_192
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


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
    remaining = iter(records)
    while chunk := list(islice(remaining, _CHUNK_RECORDS)):
        yield chunk


def _fields(rows: list[dict[str, str]], columns: Sequence[str] | None) -> bytes:
    return b"".join([b"[%b].\n" % b",".join(map(_field, _arguments(row, columns))) for row in rows])


def _columns(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> bytes:
    return b"".join([b"%b.\n" % encode(_arguments(row, columns)) for row in rows])


def _values(values: list[Any], _: Sequence[str] | None) -> bytes:
    return b"".join([b"%b.\n" % encode([value]) for value in values])


def _field(text: str) -> bytes:
    return text.encode() if _NUMBER.fullmatch(text) else encode(text)


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
