"""Who hears of the batches of a task in Airflow, whatever its job says: metrics, plugins, handlers by connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.job.model import BatchJob

if TYPE_CHECKING:
    from airflow_unifyweaver.events.bus import Subscription


def airflow_subscriptions(job: BatchJob, dag_id: str, task_id: str) -> list[Subscription]:
    """Return the handlers that only Airflow has.

    :param job: names the handlers by connection.
    :param dag_id: goes to plugins with each event, and with the metrics.
    :param task_id: goes with the metrics.
    :raises JobError: when a connection does not lead to a handler.
    """
    from airflow.sdk.observability import stats

    from airflow_unifyweaver.events.bus import Subscription
    from airflow_unifyweaver.events.handlers.metrics import METRICS_TOPICS, Metrics
    from airflow_unifyweaver.hooks.event_handlers import connected_handlers
    from airflow_unifyweaver.listeners.publish import subscriptions

    metrics = Metrics(stats, "unifyweaver", {"dag_id": dag_id, "task_id": task_id})
    return [Subscription(metrics, METRICS_TOPICS, "metrics"), *subscriptions(dag_id), *connected_handlers(job)]
