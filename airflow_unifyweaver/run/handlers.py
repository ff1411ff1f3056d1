"""The bus of a shard: the handlers that every run has, and those that its job names."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.handlers.failures import FAILURE_TOPICS, FailureSummary
from airflow_unifyweaver.events.handlers.log import LOG_TOPICS, log_event
from airflow_unifyweaver.events.handlers.webhook import WebhookHandler
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.handler import Webhook
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.work.function import FunctionReference

log = logging.getLogger(__name__)


@contextmanager
def event_bus(job: BatchJob, shard: int, subscriptions: Sequence[Subscription]) -> Iterator[Bus]:
    """Run the bus of a shard; at the end its failures are summed up, whichever way the shard ended.

    :param shard: number of the shard.
    :param subscriptions: further handlers.
    :raises JobError: when a handler that the job names is not there.
    """
    failures = FailureSummary()
    built_in = [Subscription(log_event, LOG_TOPICS), Subscription(failures, FAILURE_TOPICS, "failure summary")]
    bus = Bus([*built_in, *own_handlers(job), *subscriptions])
    try:
        yield bus
    finally:
        bus.close()
        failures.report(shard)


def check_handlers(job: BatchJob) -> None:
    """Look whether all handlers that a job names are there.

    :raises JobError: naming the function or the environment variable that is not.
    """
    list(own_handlers(job))


def own_handlers(job: BatchJob) -> Iterator[Subscription]:
    """Yield the handlers that a job names; webhooks by connection are not among them, for connections are Airflow's.

    :raises JobError: naming the function or the environment variable that is not there.
    """
    for event_type, handler in named_handlers(job):
        if isinstance(handler, str):
            function = FunctionReference(handler, str(job.base_dir)).resolve()
            yield Subscription(partial(_call, function), [event_type], handler)
        elif handler.url is not None:
            webhook = WebhookHandler(handler.url, headers(handler), handler.timeout, job.name)
            yield Subscription(webhook, [event_type], webhook.name)


def named_handlers(job: BatchJob) -> Iterator[tuple[str, str | Webhook]]:
    """Yield each handler in a job's ``on_event``, with the type of event it wants."""
    for event_type, handlers in job.on_event.items():
        for handler in handlers:
            yield event_type, handler


def headers(webhook: Webhook) -> dict[str, str]:
    """Return the headers of a webhook whose values the environment holds.

    :raises JobError: naming the variable that is not there.
    """
    missing = [name for name in webhook.headers_from_env.values() if name not in os.environ]
    if missing:
        raise JobError(f"on_event: headers_from_env: there is no environment variable {missing[0]}")
    return {header: os.environ[name] for header, name in webhook.headers_from_env.items()}


def warn_of_connections(job: BatchJob) -> None:
    """Say which webhooks do not hear of a run, when it is not Airflow that runs it."""
    for event_type, handler in named_handlers(job):
        if isinstance(handler, Webhook) and handler.conn_id:
            log.warning(
                "on_event.%s: connection %s is Airflow's, so its webhook is not called here",
                event_type,
                handler.conn_id,
            )


def _call(function: Callable[[dict[str, Any]], object], event: Event) -> None:
    function(event.to_dict())
