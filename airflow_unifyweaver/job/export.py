"""A job, written for each front end: YAML, Python, Prolog."""

import json
import pprint
import re
from collections.abc import Callable
from typing import Any

import yaml

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.prolog.write import write_prolog

_YAML_BREAKS = re.compile("[\x85\u2028\u2029]")  # PyYAML writes them as they are, and reads a space


def fields_given(job: BatchJob) -> dict[str, Any]:
    """Return the fields of a job that are not as they would be if left out."""
    fields = job.model_dump(mode="json", exclude_defaults=True)
    return {**fields, "source": {"type": job.source.type, **fields["source"]}}


def export_job(job: BatchJob, form: str) -> str:
    """Return the text of a file that is the same job.

    :param form: one of :data:`FORMS`.
    """
    return FORMS[form](fields_given(job))


def _write_yaml(fields: dict[str, Any]) -> str:
    is_safe = not _YAML_BREAKS.search(json.dumps(fields, ensure_ascii=False))
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=is_safe, width=100)


def _write_python(fields: dict[str, Any]) -> str:
    lines = [f"    {name}={_literal(name, value)},\n" for name, value in fields.items()]
    return f"from airflow_unifyweaver import BatchJob\n\njob = BatchJob(\n{''.join(lines)})\n"


def _literal(name: str, value: Any) -> str:
    indent = " " * (len(name) + 5)
    return pprint.pformat(value, width=115 - len(indent), sort_dicts=False).replace("\n", f"\n{indent}")


FORMS: dict[str, Callable[[dict[str, Any]], str]] = {"pl": write_prolog, "yaml": _write_yaml, "python": _write_python}
"""The forms that a job can be written in, each with what writes its fields."""
