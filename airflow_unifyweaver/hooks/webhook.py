"""An Airflow connection becomes a webhook."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from airflow_unifyweaver.events.handlers.webhook import WebhookHandler
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.handler import Webhook, check_url
from airflow_unifyweaver.run.handlers import headers

if TYPE_CHECKING:
    from airflow.sdk import Connection


def connected_webhook(webhook: Webhook, conn_id: str, job: str) -> WebhookHandler:
    """Return a webhook that a job names by connection.

    :param webhook: the webhook.
    :param conn_id: its connection.
    :param job: name of the job.
    :raises JobError: when the connection has no usable URL.
    """
    connection = BaseHook.get_connection(conn_id)
    return WebhookHandler(_url(connection), _headers(connection) | headers(webhook), webhook.timeout, job)


def _url(connection: Connection) -> str:
    """Return a connection's URL, put together as Airflow's ``HttpHook`` does."""
    host = connection.host or ""
    base = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    try:
        return check_url(f"{base}:{connection.port}" if connection.port else base)
    except ValueError as error:
        raise JobError(f"connection {connection.conn_id}: {error}") from None


def _headers(connection: Connection) -> dict[str, str]:
    found = {name: value for name, value in connection.extra_dejson.items() if isinstance(value, str)}
    if connection.login is not None:
        pair = f"{connection.login}:{connection.password or ''}"
        found["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return found
