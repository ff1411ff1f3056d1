"""Values of database columns and Parquet columns as JSON has them, without loss where JSON has a way to hold them.

Text, integers of any size, floats, booleans and NULL stay as they are; NaN and the infinities are written as Python's
``json`` does. Decimals become text with all their digits, dates and times ISO 8601 text (with a zone: in UTC), time
spans seconds, UUIDs and network addresses text, bytes base64 text, arrays lists, and JSON what it holds.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any
from uuid import UUID

from airflow_unifyweaver.exceptions import SourceError

SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
"""Types whose values JSON holds as they are."""


def json_column(name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a column as JSON can hold them.

    :param name: the column, for the message of an error.
    :raises SourceError: when a value is of a type that has no form in JSON.
    """
    types = set(map(type, values)) - {type(None)}
    if types <= SCALARS:
        return values
    form = _FORMS.get(types.pop(), _json_value) if len(types) == 1 else _json_value
    try:
        return [None if value is None else form(value) for value in values]
    except TypeError as error:
        raise SourceError(
            f"the column {name!r} has values of type {error}, which have no form in JSON; let the query give text "
            f"instead, as with CAST({name} AS TEXT)"
        ) from None


def _json_value(value: Any) -> Any:
    """Return a value as JSON can hold it.

    :raises TypeError: with the name of its type, when there is no such form.
    """
    if type(value) in SCALARS:
        return value
    for kind in type(value).__mro__:
        if kind in _FORMS:
            return _FORMS[kind](value)
    raise TypeError(type(value).__qualname__)


def _list(values: Sequence[Any]) -> list[Any]:
    return [_json_value(value) for value in values]


def _dict(values: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): _json_value(value) for key, value in values.items()}


def _moment(value: datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


_FORMS: dict[type, Callable[[Any], Any]] = {
    str: str,
    bool: bool,
    int: int,
    float: float,
    Decimal: str,
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: timedelta.total_seconds,
    bytes: _base64,
    bytearray: _base64,
    memoryview: _base64,
    list: _list,
    tuple: _list,
    dict: _dict,
    **dict.fromkeys(
        (UUID, IPv4Address, IPv6Address, IPv4Interface, IPv6Interface, IPv4Network, IPv6Network),
        str,
    ),
}
