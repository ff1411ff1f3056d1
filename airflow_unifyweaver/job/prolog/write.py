"""A job's fields, written as directives."""

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_unifyweaver.job.handler import NAMED_HANDLERS

_DIRECTIVES = {
    "batch": "batch_config",
    "work": "work",
    "parallel": "parallel_config",
    "retry": "retry_policy",
    "failure": "failure_policy",
    "aggregation": "aggregation",
    "output": "output",
    "dag": "dag",
}
_ATOM = re.compile(r"[a-z][A-Za-z0-9_]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_CONSTANTS = ("null", "true", "false")
_WIDTH = 100


def write_prolog(fields: dict[str, Any]) -> str:
    """Return a program of directives that is the job."""
    return "".join(f":- {directive}.\n" for directive in _directives(fields))


def _directives(fields: dict[str, Any]) -> Iterator[str]:
    yield f"job_name({_text(fields['name'])})"
    source = dict(fields["source"])
    kind = source.pop("type")
    if kind == "csv":
        source.setdefault("header", True)  # in Prolog a file has none by default
    yield _wrapped(f"source({kind}, records, [", _options(source), "])")
    for part, directive in _DIRECTIVES.items():
        if fields.get(part):
            yield _call(directive, _options(fields[part]))
    for event, handlers in fields.get("on_event", {}).items():
        for handler in handlers or [[]]:
            yield _call("on_event", [event, _handler(handler)])


def _handler(handler: Any) -> str:
    if not isinstance(handler, dict):
        return _value(handler)
    name = next((name for name in NAMED_HANDLERS if name in handler), "webhook")
    return _call(name, _options(handler.get(name, handler)))


def _options(fields: dict[str, Any]) -> list[str]:
    return [_option(name, value) for name, value in fields.items()]


def _option(name: str, value: Any) -> str:
    if not _ATOM.fullmatch(name):
        return f"{_text(name)} = {_text(value) if isinstance(value, str) else _value(value)}"
    return _call(name, _options(value) if isinstance(value, dict) and value else [_value(value)])


def _value(value: Any) -> str:
    match value:
        case None | bool():
            return json.dumps(value)
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return value if _ATOM.fullmatch(value) and value not in _CONSTANTS else _text(value)
        case dict():
            return _list(_options(value)) if value else "{}"
    return _list([_value(item) for item in value])


def _float(value: float) -> str:
    """Write a float as Prolog reads it: with a point before any exponent."""
    mantissa, exponent, power = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}{exponent}{power}"


def _text(text: str) -> str:
    return f'"{"".join(map(_character, text))}"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    # Prolog takes no \\x0\\, and none whose first digits would be a surrogate, such as \\xdaf5f\\.
    as_it_is = character.isprintable() or character == "\0" or character > "\uffff"
    return character if as_it_is else f"\\x{ord(character):x}\\"


def _list(items: list[str]) -> str:
    return _wrapped("[", items, "]")


def _call(name: str, arguments: list[str]) -> str:
    return _wrapped(f"{name}(", arguments, ")")


def _wrapped(begin: str, items: list[str], end: str) -> str:
    line = f"{begin}{', '.join(items)}{end}"
    if len(line) <= _WIDTH:
        return line
    inner = ",\n".join(items).replace("\n", "\n    ")
    return f"{begin}\n    {inner}\n{end}"
