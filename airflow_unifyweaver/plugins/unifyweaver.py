"""The package as Airflow's list of plugins shows it."""

from __future__ import annotations

from typing import Any

from airflow.sdk.plugins_manager import AirflowPlugin

from airflow_unifyweaver.plugins.dashboard.mount import PREFIX, address, dashboard

_ICON = address("/assets/icon.svg")
_ICON_DARK = address("/assets/icon-dark.svg")


def _view(destination: str, route: str, query: str) -> dict[str, Any]:
    return {
        "name": "UnifyWeaver",
        "href": address(query),
        "destination": destination,
        "url_route": route,
        "icon": _ICON,
        "icon_dark_mode": _ICON_DARK,
    }


_APPS = [{"app": dashboard, "url_prefix": PREFIX, "name": "UnifyWeaver dashboard"}]
_VIEWS = [
    {**_view("nav", "unifyweaver", "/"), "category": "browse"},
    _view("dag_run", "unifyweaver-run", "/run?dag_id={DAG_ID}&run_id={RUN_ID}"),
    _view(
        "task_instance",
        "unifyweaver-task",
        "/run?dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}&map_index={MAP_INDEX}",
    ),
]


class UnifyWeaverPlugin(AirflowPlugin):
    """The dashboard, in the navigation and as a tab of DAG runs and of task instances.

    It brings no listener. Airflow refuses DAGs with ``end_from_trigger`` as soon as there is any listener, so merely
    installing this package would break them; what happens to batches goes to the listeners of others.
    """

    name = "unifyweaver"
    fastapi_apps = _APPS
    external_views = _VIEWS
