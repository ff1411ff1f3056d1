"""Keyword arguments for Airflow's DAG: whatever a YAML file can say, kept as JSON can hold it."""

import math
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator

_DEEPEST = 50


def _plain(value: Any, place: str, depth: int = 0) -> Any:
    """Copy a value, dates becoming ISO 8601 text.

    :raises ValueError: when JSON cannot hold the value; the message says where it is.
    """
    if depth > _DEEPEST:
        raise ValueError(f"{place} is nested too deeply")
    if isinstance(value, dict):
        return {_key(key, place): _plain(item, f"{place}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]", depth + 1) for index, item in enumerate(value)]
    return _plain_scalar(value, place)


def _plain_scalar(value: Any, place: str) -> Any:
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError(
        f"{place} is {value!r:.60}, but a job holds only text, numbers, true, false, dates, lists and mappings"
    )


def _key(key: Any, place: str) -> str:
    if not isinstance(key, str):
        raise ValueError(f"{place} has the key {key!r}; keys are text")  # noqa: TRY004
    return key


DagArguments = Annotated[
    dict[str, Any],
    AfterValidator(lambda arguments: {name: _plain(value, name) for name, value in arguments.items()}),
]
