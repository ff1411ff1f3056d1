"""Links that a task instance shows in Airflow's pages once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


ENGINES = frozenset({"dask", "spark", "hadoop_streaming"})
"""The backends that have web pages of their own."""


class DashboardLink(BaseOperatorLink):
    """Leads to the batches of the run, or of the mapped task instance."""

    name = "Batches"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the dashboard within Airflow's pages."""
        asked: dict[str, Any] = {"dag_id": ti_key.dag_id, "run_id": ti_key.run_id, "job": _fields(operator)["name"]}
        if ti_key.map_index >= 0:
            asked["map_index"] = ti_key.map_index
        base = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")
        return f"{base}/plugin/unifyweaver/unifyweaver/run?{urlencode(asked)}"


class EngineLink(BaseOperatorLink):
    """Leads to the page that the engine of a cluster has about the work of the mapped task instance, if it has one."""

    name = "Engine"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return its address, or nothing."""
        from airflow_unifyweaver.backends.web_ui import engine_address
        from airflow_unifyweaver.hooks.registry import hook_of
        from airflow_unifyweaver.job.model import BatchJob
        from airflow_unifyweaver.operators.storage import run_directory
        from airflow_unifyweaver.run.plan import Plan

        job = BatchJob.from_dict(_fields(operator))
        run = run_directory(job.name, ti_key.dag_id, ti_key.run_id)
        plan, conn_id = Plan.load(run), getattr(operator, "conn_id", None)
        if plan is None or plan.backend not in ENGINES:
            return ""
        connected = hook_of(conn_id).with_options(job) if conn_id else job
        scheduler = connected.parallel.dask.address if plan.backend == "dask" else None
        return engine_address(run, getattr(operator, "shard", 0), scheduler) or ""


def _fields(operator: BaseOperator) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(operator, "job")  # noqa: B009 - the links are those of operators that have one
    return fields
