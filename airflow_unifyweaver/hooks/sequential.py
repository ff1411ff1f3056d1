"""The sequential backend as a hook."""

from __future__ import annotations

from typing import Any

from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.job.parallel import Parallel


class SequentialHook(BackendHook):
    """One batch at a time; there is nothing to set."""

    backend = "sequential"
    conn_type = "unifyweaver_sequential"
    hook_name = "UnifyWeaver sequential"
    fields = ()

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return nothing."""
        return {}
