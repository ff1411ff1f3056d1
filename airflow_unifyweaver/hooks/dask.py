"""The dask backend as a hook."""

from __future__ import annotations

from typing import Any

from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.job.parallel import Parallel


class DaskHook(BackendHook):
    """Workers of Dask.

    The connection's extra may hold ``workers``, ``scheduler``, and the ``address`` of a running scheduler.
    """

    backend = "dask"
    conn_type = "unifyweaver_dask"
    hook_name = "UnifyWeaver Dask"
    fields = ("workers", "scheduler", "address")

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:
        """Return the number of workers, the scheduler and its address, where the job leaves them open."""
        own = {name: extra[name] for name in ("scheduler", "address") if extra.get(name)}
        said = parallel.dask.model_dump(mode="json")
        if said.get("scheduler", "distributed") != "distributed":  # then an address is not for this job
            own.pop("address", None)
        if "address" in said:
            own.pop("scheduler", None)
        return super().options(parallel, extra) | ({"dask": own | said} if own else {})
