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
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.amqp_url import is_amqp
from airflow_unifyweaver.job.broker_handler import (
    KafkaHandler,
    KafkaTopic,
    RabbitmqAddress,
    RabbitmqHandler,
)
from airflow_unifyweaver.job.handler import NamedHandler, Webhook, check_url
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.prolog_work import PrologHandler

log = logging.getLogger(__name__)


@contextmanager
def event_bus(job: BatchJob, shard: int, subscriptions: Sequence[Subscription]) -> Iterator[Bus]:
    """Run the bus of a shard; at the end its failures are summed up, whichever way the shard ended.

    :param shard: number of the shard.
    :param subscriptions: further handlers.
    :raises JobError: when a handler that the job names is not there.
    """
    failures = FailureSummary()
    built_in = [Subscription(log_event, LOG_TOPICS), Subscription(failures, FAILURE_TOPICS, at_once=True)]
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
    """Yield the handlers that a job names; those by connection are not among them, for connections are Airflow's.

    :raises JobError: naming the function, the environment variable or the library that is not there.
    """
    for handler, event_types in named_handlers(job):
        subscription = _subscription(handler, event_types, job)
        if subscription is not None:
            yield subscription


def named_handlers(job: BatchJob) -> list[tuple[NamedHandler, list[str]]]:
    """Return each handler in a job's ``on_event`` once, with the types of event it wants: so it gets them in order."""
    found: list[tuple[NamedHandler, list[str]]] = []
    for event_type, handlers in job.on_event.items():
        for handler in handlers:
            known = next((types for other, types in found if other == handler), None)
            if known is None:
                found.append((handler, [event_type]))
            else:
                known.append(event_type)
    return found


def _subscription(named: NamedHandler, event_types: list[str], job: BatchJob) -> Subscription | None:
    """Return a handler at work; what is imported here is heavy, or brings in much, such as ssl and email."""
    match named:
        case str():
            from airflow_unifyweaver.work.function import FunctionReference

            function = FunctionReference(named, str(job.base_dir)).resolve()
            return Subscription(partial(_call, function), event_types, named)
        case PrologHandler(prolog=predicate):
            from airflow_unifyweaver.work.prolog.build import prolog_handler

            return Subscription(prolog_handler(predicate, str(job.base_dir)), event_types, predicate.predicate)
        case Webhook(conn_id=None):
            from airflow_unifyweaver.events.handlers.webhook import WebhookHandler

            webhook = WebhookHandler(_webhook_url(named), headers(named), named.timeout, job.name)
            return Subscription(webhook, event_types, webhook.name)
        case KafkaHandler(kafka=KafkaTopic(bootstrap_servers=str(servers), topic=topic)):
            from airflow_unifyweaver.events.handlers.kafka import KafkaPublisher

            kafka = KafkaPublisher({"bootstrap.servers": servers}, topic, job.name)
            return Subscription(kafka, event_types, kafka.name)
        case RabbitmqHandler(rabbitmq=address) if address.conn_id is None:
            from airflow_unifyweaver.events.handlers.rabbitmq import RabbitmqPublisher

            rabbitmq = RabbitmqPublisher(_broker_url(address), address.queue, address.exchange, job.name)
            return Subscription(rabbitmq, event_types, rabbitmq.name)
    return None


def headers(webhook: Webhook) -> dict[str, str]:
    """Return the headers of a webhook whose values the environment holds.

    :raises JobError: naming the variable that is not there.
    """
    missing = [name for name in webhook.headers_from_env.values() if name not in os.environ]
    if missing:
        raise JobError(f"on_event: headers_from_env: there is no environment variable {missing[0]}")
    return {header: os.environ[name] for header, name in webhook.headers_from_env.items()}


def _conn_id(handler: NamedHandler) -> str | None:
    """Return the connection that a handler is given by, or None."""
    match handler:
        case (
            Webhook(conn_id=conn_id)
            | KafkaHandler(kafka=KafkaTopic(conn_id=conn_id))
            | RabbitmqHandler(rabbitmq=RabbitmqAddress(conn_id=conn_id))
        ):
            return conn_id
    return None


def warn_of_connections(job: BatchJob) -> None:
    """Say which handlers do not hear of a run, when it is not Airflow that runs it."""
    for handler, event_types in named_handlers(job):
        conn_id = _conn_id(handler)
        if conn_id is not None:
            place = ", ".join(event_types)
            log.warning("on_event.%s: connection %s is Airflow's, so no events are sent there", place, conn_id)


def _webhook_url(webhook: Webhook) -> str:
    if webhook.url_from_env is None:
        return str(webhook.url)
    try:
        return check_url(_from_env(webhook.url_from_env))
    except ValueError as error:
        raise JobError(f"on_event: url_from_env: {webhook.url_from_env}: {error}") from None


def _broker_url(address: RabbitmqAddress) -> str:
    if address.url_from_env is None:
        return str(address.url)
    url = _from_env(address.url_from_env)
    if not is_amqp(url):
        raise JobError(
            f"on_event: url_from_env: {address.url_from_env} holds no URL such as amqp://user@host:5672/vhost"
        )
    return url


def _from_env(variable: str) -> str:
    url = os.environ.get(variable)
    if url is None:
        raise JobError(f"on_event: url_from_env: there is no environment variable {variable}")
    return url


def _call(function: Callable[[dict[str, Any]], object], event: Event) -> None:
    function(event.to_dict())
