"""The job that a command line names, with what it sets otherwise than its file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob

_PLUGIN_LOADER = "pydantic.plugin._loader"


def load(options: argparse.Namespace) -> BatchJob:
    """Read the job file ``options.job`` with the fields of ``options.set``.

    :raises JobError: when the file cannot be read, or the job is wrong.
    """
    with without_plugins():
        return BatchJob.from_file(options.job, dict(_assignment(text) for text in options.set))


@contextmanager
def without_plugins() -> Iterator[None]:
    """Keep pydantic from looking for plugins: that reads the metadata of every installed package, for 25 ms.

    Its environment variable would only save half of that. Whatever uses pydantic later finds its plugins as ever.
    """
    stand_in = ModuleType(_PLUGIN_LOADER)
    stand_in.__dict__["get_plugins"] = tuple
    before = sys.modules.setdefault(_PLUGIN_LOADER, stand_in)
    try:
        yield
    finally:
        if before is stand_in:
            del sys.modules[_PLUGIN_LOADER]


def _assignment(text: str) -> tuple[str, str]:
    field, separator, value = text.partition("=")
    if not separator:
        raise JobError(f"--set {text}: write FIELD=VALUE, such as parallel.workers=4")
    return field, value
