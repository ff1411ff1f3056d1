"""The order in which keys and distinct values are published.

Null, false, true, numbers by value (NaN last), text by code point, then arrays and objects by their JSON text. Values
that are equal but not the same, as ``1`` and ``1.0``, follow the order of their JSON text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from itertools import repeat
from operator import contains, itemgetter
from typing import Any

from airflow_unifyweaver.aggregation.values import decode

_QUOTE, _BACKSLASH = b'"', b"\\"
_WITHOUT_QUOTES: Callable[[bytes], bytes] = itemgetter(slice(1, -1))
_FIRST: Callable[[bytes], bytes] = itemgetter(slice(1))
_FIRSTS_OF_INTEGERS = {b"-", *(b"%d" % digit for digit in range(10))}
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


def in_order(texts: Collection[bytes]) -> list[bytes]:
    """Sort the JSON texts of values; fast where all are text or all are integers, as most keys are."""
    firsts = set(map(_FIRST, texts))
    if firsts == {_QUOTE}:
        escapes = any(map(contains, texts, repeat(_BACKSLASH)))
        return sorted(texts, key=_code_points if escapes else _WITHOUT_QUOTES)
    if firsts <= _FIRSTS_OF_INTEGERS:
        with suppress(ValueError):  # one of them is another number, or beyond Python's limit of digits
            return sorted(texts, key=int)
    return sorted(texts, key=sort_key)


def _code_points(text: bytes) -> bytes:
    # bytes of UTF-8 have the order of the code points
    if _BACKSLASH not in text:
        return _WITHOUT_QUOTES(text)
    decoded: str = decode(text)
    return decoded.encode("utf-8", "surrogatepass")
