"""Pydantic's report of what is wrong with a job, in words that name the field, the reason and the remedy."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from airflow_unifyweaver.job.names import Model, kind, owners, resolve
from airflow_unifyweaver.job.nearest import did_you_mean, nearest

_WANTED = {
    "dict_type": "wanted a mapping",
    "list_type": "wanted a list",
    "tuple_type": "wanted a list",
    "model_type": "wanted a mapping of fields",
    "model_attributes_type": "wanted a mapping of fields",
}
_LONGEST_BITS = 190


def explain(error: ValidationError, root: Model) -> str:
    """Say what is wrong, one line a problem.

    :param root: the model whose validation failed.
    """
    problems = error.errors(include_url=False)
    lines = [_line(problem, root) for problem in problems if problem["type"] != "default_factory_not_called"]
    return "\n".join(dict.fromkeys(lines))


def shown(value: Any) -> str:
    """Show a wrong value in a message: short, and as a user of YAML knows it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > _LONGEST_BITS:
        return "a number too long to show"  # and, from some length on, too long for Python to write
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _line(problem: ErrorDetails, root: Model) -> str:
    path, models = resolve(root, problem["loc"])
    explanation = _EXPLANATIONS.get(problem["type"])
    if explanation:
        return explanation(problem, path, models, root)
    if problem["type"] in _WANTED:
        return _at(path, f"{_WANTED[problem['type']]}, got {shown(problem['input'])}")
    return _at(path, f"{problem['msg']}, got {shown(problem['input'])}")


def _at(path: list[str], message: str) -> str:
    place = ".".join(path).replace(".[", "[")
    return f"{place}: {message}" if place else message


def _wanted(problem: ErrorDetails, path: list[str], *_: Any) -> str:
    return _at(path, f"wanted {problem['msg']}, got {shown(problem['input'])}")


def _reason(problem: ErrorDetails, path: list[str], *_: Any) -> str:
    return _at(path, str(problem["ctx"]["error"]))


def _missing(_: ErrorDetails, path: list[str], *__: Any) -> str:
    return _at(path, "required field is missing")


def _unknown_value(problem: ErrorDetails, path: list[str], *_: Any) -> str:
    value, known = problem["input"], re.findall(r"'([^']*)'", str(problem["ctx"]["expected"]))
    if problem["loc"][-1:] == ("[key]",):
        return _at(path, f"unknown name{did_you_mean(_text(value), known)}")
    return _at(path, f"unknown value {shown(value)}{did_you_mean(_text(value), known)}")


def _unknown_kind(problem: ErrorDetails, path: list[str], models: list[Model], _: Model) -> str:
    value = problem["input"].get("type") if isinstance(problem["input"], dict) else None
    known = [str(kind(model)) for model in models]
    return _at([*path, "type"], f"unknown value {shown(value)}{did_you_mean(_text(value), known)}")


def _missing_kind(_: ErrorDetails, path: list[str], models: list[Model], __: Model) -> str:
    known = ", ".join(str(kind(model)) for model in models)
    return _at([*path, "type"], f"required field is missing; known are {known}")


def _unknown_field(problem: ErrorDetails, path: list[str], _: list[Model], root: Model) -> str:
    name = str(problem["loc"][-1])
    models = resolve(root, problem["loc"][:-1])[1]
    own = [field for model in models for field in model.model_fields]
    places = owners(root).get(name, [])
    if places:
        return _at(path, f"unknown field here; it belongs {_belongs(places, '.'.join(path[:-1]), name, root)}")
    match = nearest(name, [*own, *owners(root)])
    if match is None or match in own:
        return _at(path, f"unknown field{did_you_mean(name, own)}")
    return _at(path, f"unknown field; did you mean {'.'.join(filter(None, [owners(root)[match][0], match]))}?")


def _belongs(places: list[str], here: str, name: str, root: Model) -> str:
    if here in places:
        models = resolve(root, tuple(here.split(".")))[1]
        kinds = [str(kind(model)) for model in models if name in model.model_fields]
        return f"to {here} of type {' or '.join(kinds)}"
    return f"under {places[0]}" if places[0] else "at the top level"


def _not_text(problem: ErrorDetails, path: list[str], *_: Any) -> str:
    return _at(path, f"names of fields are text, got {shown(problem['input'])}")


_EXPLANATIONS: dict[str, Callable[[ErrorDetails, list[str], list[Model], Model], str]] = {
    "wanted": _wanted,
    "value_error": _reason,
    "missing": _missing,
    "literal_error": _unknown_value,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _missing_kind,
    "extra_forbidden": _unknown_field,
    "invalid_key": _not_text,
    "string_type": _not_text,  # of a key: values that are text say what they want themselves
    "string_unicode": _not_text,
}
