"""A job file: found, read as text, and parsed by the front end that its suffix names."""

import json
from pathlib import Path
from typing import Any

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.messages import shown
from airflow_unifyweaver.job.yaml_file import parse_yaml


def read_job_file(path: Path) -> dict[str, Any]:
    """Read the mapping that a job file holds.

    :raises JobError: when there is no such file, or it holds no such mapping.
    """
    parse = _PARSERS.get(path.suffix)
    if parse is None:
        raise JobError(_unknown_suffix(path.suffix))
    data = parse(_read_text(path))
    if data is None:
        raise JobError("is empty; a job has at least name, source and work")
    if not isinstance(data, dict):
        raise JobError(f"a job is a mapping of fields such as name, source and work, got {shown(data)}")
    return data


def _unknown_suffix(suffix: str) -> str:
    if suffix == ".pl":
        return "a .pl job file is not available yet; use .yaml, .yml or .json"
    return f"the name of a job file ends in .yaml, .yml or .json, not in {suffix!r}"


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JobError(f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise JobError(f"cannot be read: {reason}") from None


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_distinct) if text.strip() else None
    except json.JSONDecodeError as error:
        raise JobError(f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:  # a number with thousands of digits
        raise JobError(f"not valid JSON: {error}") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise JobError(f"not valid JSON: {', '.join(repeated)} is given twice in one object")
    return dict(pairs)


_PARSERS = {".yaml": parse_yaml, ".yml": parse_yaml, ".json": _parse_json}
