"""An Airflow connection becomes a webhook."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.handlers.webhook import WebhookHandler
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.handler import Webhook, check_url
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.handlers import headers, named_handlers

if TYPE_CHECKING:
    from airflow.sdk import Connection


def connected_webhooks(job: BatchJob) -> list[Subscription]:
    """Return the webhooks that a job names by connection.

    :param job: the job.
    :raises JobError: when a connection has no usable URL.
    """
    return list(_webhooks(job))


def _webhooks(job: BatchJob) -> Iterator[Subscription]:
    for event_type, handler in named_handlers(job):
        if isinstance(handler, Webhook) and handler.conn_id:
            connection = BaseHook.get_connection(handler.conn_id)
            all_headers = _headers(connection) | headers(handler)
            webhook = WebhookHandler(_url(connection), all_headers, handler.timeout, job.name)
            yield Subscription(webhook, [event_type], webhook.name)


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
