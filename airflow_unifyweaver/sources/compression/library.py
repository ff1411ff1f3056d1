"""The libraries of formats that Python itself does not read."""

from __future__ import annotations

import importlib
from typing import Any

from airflow_unifyweaver.exceptions import SourceError


def library(name: str, path: str) -> Any:
    """Import the library that a compressed file needs.

    :raises SourceError: when it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SourceError(
            f"{path}: to read it needs {name}, which is not installed; pip install 'airflow-unifyweaver[compression]'"
        ) from None
