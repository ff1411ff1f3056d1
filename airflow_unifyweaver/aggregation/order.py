"""The order in which keys and distinct values are published.

Null, false, true, numbers by value (NaN last), text by code point, then arrays and objects by their JSON text. Values
that are equal but not the same, as ``1`` and ``1.0``, follow the order of their JSON text.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from airflow_unifyweaver.aggregation.values import decode

_QUOTE, _BACKSLASH = b'"', b"\\"
_WITHOUT_QUOTES: Callable[[bytes], bytes] = itemgetter(slice(1, -1))
_EXACT = 2**53  # floats hold all integers up to here
_NUMBER, _TEXT = 2, 3
_RANKS = {b"n": 0, b"f": 1, b"t": 1, b"[": 4, b"{": 4}


def sort_key(text: bytes) -> tuple[Any, ...]:
    """Return what the JSON text of one value is sorted by; different texts have different sort keys."""
    first = text[:1]
    if first == _QUOTE:
        return _TEXT, _code_points(text)
    if first in _RANKS:
        return _RANKS[first], text
    if text == b"NaN":
        return _NUMBER, 1
    value = float(text)
    return _NUMBER, 0, value if abs(value) < _EXACT else decode(text), text


def in_order(texts: Iterable[bytes]) -> list[bytes]:
    """Sort the JSON texts of values; fast for text without escapes, as most keys are."""
    plain: list[bytes] = []
    other: list[bytes] = []
    for text in texts:
        (plain if text[:1] == _QUOTE and _BACKSLASH not in text else other).append(text)
    plain.sort(key=_WITHOUT_QUOTES)
    if not other:
        return plain
    other.sort(key=sort_key)
    return list(heapq.merge(other, plain, key=sort_key))


def _code_points(text: bytes) -> bytes:
    # bytes of UTF-8 have the order of the code points
    if _BACKSLASH not in text:
        return _WITHOUT_QUOTES(text)
    decoded: str = decode(text)
    return decoded.encode("utf-8", "surrogatepass")
