"""Results as canonical JSON: one value, one text.

Two results are the same (a distinct value, a key) when their JSON text is the same. So ``1``, ``1.0`` and ``true``
are three different values, ``(1, 2)`` and ``[1, 2]`` are one, and so are two dictionaries with equal items.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from airflow_unifyweaver.digits import from_digits, to_digits
from airflow_unifyweaver.exceptions import WorkError

_SCALARS = frozenset({str, int, float, bool, type(None)})
_SHOWN_CHARACTERS = 80
_REMEDIES = {
    "set": "give a list, such as sorted(value)",
    "frozenset": "give a list, such as sorted(value)",
    "bytes": "decode it to str first",
    "date": "give value.isoformat()",
    "time": "give value.isoformat()",
    "timedelta": "give value.total_seconds()",
    "Decimal": "give str(value), or float(value) where rounding is fine",
    "ndarray": "give value.tolist()",
    "Table": "give its rows, such as value.to_pylist()",
    "generator": "yield its items one by one",
}


def encode(value: Any) -> bytes:
    """Write one value as a line of canonical JSON, without the newline.

    Keys are sorted, there are no blanks, integers are exact, and text is UTF-8. A lone surrogate, which UTF-8 cannot
    hold, is escaped. NaN and the infinities are written as Python's json module does.

    :raises WorkError: when the value is none that JSON has.
    """
    if type(value) is int:
        return to_digits(value).encode()
    if type(value) not in _SCALARS:
        _check_keys(value)
    try:
        return _utf8(_ENCODER.encode(value))
    except ValueError:  # an integer beyond Python's limit of digits
        return _utf8(_spelled_out(value))


def encode_all(values: Sequence[Any]) -> list[bytes]:
    """Write many values as :func:`encode` does, faster."""
    if not values:
        return []
    if _SCALARS.issuperset(map(type, values)):
        try:
            return _utf8(_LINES_ENCODER.encode(list(values))[1:-1]).split(b"\n")
        except ValueError:  # an integer beyond Python's limit of digits
            pass
    return [encode(value) for value in values]


def decode(text: bytes) -> Any:
    """Read one value that :func:`encode` has written."""
    try:
        return json.loads(text)
    except ValueError:  # an integer beyond Python's limit of digits
        return json.loads(text, parse_int=from_digits)


def decode_all(texts: Sequence[bytes]) -> list[Any]:
    """Read many values that :func:`encode` has written."""
    values: list[Any] = decode(b"[" + b",".join(texts) + b"]")
    return values


def as_lines(texts: Sequence[bytes]) -> bytes:
    """Return the texts as lines, each ended by a newline."""
    return b"\n".join([*texts, b""])


def shown(value: Any) -> str:
    """Return a value as an error message quotes it."""
    try:
        text = repr(value)
    except ValueError:  # an integer beyond Python's limit of digits
        text = f"<a {type(value).__name__} too long to show>"
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def numpy_item(value: Any) -> Any:
    """Return the Python value of a numpy scalar, and anything else unchanged."""
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


def _plain(value: Any) -> Any:
    item = numpy_item(value)
    if item is not value and type(item) is not type(value):
        return item
    names = [kind.__name__ for kind in type(value).__mro__]
    remedy = next((_REMEDIES[name] for name in names if name in _REMEDIES), "give a str, number, list or dict instead")
    raise WorkError(
        f"a result holds a value of type {type(value).__module__}.{type(value).__qualname__}, "
        f"which JSON does not have: {shown(value)}; {remedy}"
    )


def _check_keys(value: Any) -> None:
    # json would turn the keys 1, None and True into text, two different keys perhaps into the same one
    try:
        _check_nested_keys(value)
    except RecursionError:
        raise WorkError("a result is nested too deeply to be written as JSON; does it contain itself?") from None


def _check_nested_keys(value: Any) -> None:
    items = value
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise WorkError(f"a result is a dict with the key {shown(key)}, but JSON's keys are text; use str(key)")
        items = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    for item in items:
        if type(item) not in _SCALARS:
            _check_nested_keys(item)


def _spelled_out(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_ENCODER.encode(key)}:{_spelled_out(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_spelled_out, value)) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        return to_digits(value)
    return _ENCODER.encode(value)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # a high surrogate before a low one is read back as one character, so it is written as that character
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        return joined.encode("utf-8", "backslashreplace")  # for surrogates, Python's escapes are JSON's


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
_LINES_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=("\n", ":"))  # of a list of scalars: a line each
