"""Who hears of the batches of a task in Airflow, whatever its job says: metrics, plugins, webhooks by connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.job.model import BatchJob

if TYPE_CHECKING:
    from airflow_unifyweaver.events.bus import Subscription


def airflow_subscriptions(job: BatchJob, dag_id: str, task_id: str) -> list[Subscription]:
    """Return the handlers that only Airflow has.

    :param job: names the webhooks.
    :param dag_id: goes to plugins with each event, and with the metrics.
    :param task_id: goes with the metrics.
    :raises JobError: when a webhook's connection has no usable URL.
    """
    from airflow.sdk.observability import stats

    from airflow_unifyweaver.events.bus import Subscription
    from airflow_unifyweaver.events.handlers.metrics import METRICS_TOPICS, Metrics
    from airflow_unifyweaver.hooks.webhook import connected_webhooks
    from airflow_unifyweaver.listeners.publish import subscriptions

    metrics = Metrics(stats, "unifyweaver", {"dag_id": dag_id, "task_id": task_id})
    return [Subscription(metrics, METRICS_TOPICS, "metrics"), *subscriptions(dag_id), *connected_webhooks(job)]
