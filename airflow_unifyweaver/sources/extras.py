"""Libraries that only an extra of this package brings."""

from __future__ import annotations

import importlib
from typing import Any

from airflow_unifyweaver.exceptions import SourceError


def extra_module(name: str, extra: str, needed_by: str | None = None) -> Any:
    """Import a module of an extra.

    :param name: the module.
    :param extra: the extra.
    :param needed_by: what needs it, for the message; the method of a batch that has the extra's name when None.
    :raises SourceError: when it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SourceError(
            f"{needed_by or f'.{extra}() of a batch'} needs {name}, which is not installed; "
            f"pip install 'airflow-unifyweaver[{extra}]'"
        ) from None
