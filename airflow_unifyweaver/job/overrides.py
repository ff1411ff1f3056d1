"""Fields set from outside the job file, as ``--set parallel.workers=4`` does."""

import copy
from collections.abc import Mapping
from typing import Any

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.messages import shown

_SHORT_FOR = {"aggregation": "reduce"}


def override(data: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of a job's mapping with fields set. Whether such fields exist is for the job to say.

    :param overrides: dotted path of a field -> its value as YAML; null takes the field away.
    :raises JobError: when a path leads into something that is not a mapping.
    """
    changed = copy.deepcopy(dict(data))
    for path, text in overrides.items():
        *parents, name = path.split(".")
        _descend(changed, parents, path)[name] = _value(text, path)
    return changed


def _descend(data: dict[str, Any], parents: list[str], path: str) -> dict[str, Any]:
    for name in parents:
        inside = data.get(name)
        if inside is None:
            inside = {}
        elif name in _SHORT_FOR and isinstance(inside, str):
            inside = {_SHORT_FOR[name]: inside}
        elif not isinstance(inside, dict):
            raise JobError(f"{path}: {name} is {shown(inside)} and has no fields")
        data[name] = data = inside
    return data


def _value(text: str, path: str) -> Any:
    """Parse a value, taking text that YAML would want in quotes (``*.log``, ``@daily``, ``|``) as it stands."""
    from airflow_unifyweaver.job.yaml_file import parse_yaml

    try:
        value = parse_yaml(text)
    except JobError as error:
        if text.lstrip().startswith(("[", "{", '"', "'")):
            raise JobError(f"{path}: {error}") from None
        return text
    return text if value == "" and text.strip()[:1] in "|>" else value
