"""The gnu_parallel backend as a hook."""

from __future__ import annotations

import shlex
from typing import Any

from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.job.parallel import Parallel


class GnuParallelHook(BackendHook):
    """Workers in GNU Parallel's slots.

    The connection's extra may hold ``workers`` and ``options``, a text of more command line options.
    """

    backend = "gnu_parallel"
    conn_type = "unifyweaver_gnu_parallel"
    hook_name = "UnifyWeaver GNU Parallel"
    fields = ("workers", "options")

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:
        """Return the number of workers and the command line options, where the job leaves them open."""
        added = super().options(parallel, extra)
        if extra.get("options") and not parallel.gnu_parallel.options:
            added["gnu_parallel"] = {"options": shlex.split(extra["options"])}
        return added
