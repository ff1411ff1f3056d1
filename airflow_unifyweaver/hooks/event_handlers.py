"""The event handlers that a job names by Airflow connection."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.hooks.stream import address_of
from airflow_unifyweaver.hooks.webhook import connected_webhook
from airflow_unifyweaver.job.broker_handler import KafkaHandler, KafkaTopic, RabbitmqAddress, RabbitmqHandler
from airflow_unifyweaver.job.handler import NamedHandler, Webhook
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.handlers import named_handlers
from airflow_unifyweaver.sources.kafka_topic import parsed_settings


def connected_handlers(job: BatchJob) -> Iterator[Subscription]:
    """Yield the handlers that a job names by connection.

    :raises JobError: when a connection does not lead to one.
    """
    for handler, event_types in named_handlers(job):
        subscription = _subscription(handler, event_types, job.name)
        if subscription is not None:
            yield subscription


def _subscription(named: NamedHandler, event_types: list[str], job: str) -> Subscription | None:
    match named:
        case Webhook(conn_id=str(conn_id)):
            webhook = connected_webhook(named, conn_id, job)
            return Subscription(webhook, event_types, webhook.name)
        case KafkaHandler(kafka=KafkaTopic(conn_id=str(conn_id), topic=topic)):
            from airflow_unifyweaver.events.handlers.kafka import KafkaPublisher

            config = parsed_settings(conn_id, address_of(conn_id, "kafka", "on_event", "a handler"))
            kafka = KafkaPublisher(config, topic, job)
            return Subscription(kafka, event_types, kafka.name)
        case RabbitmqHandler(rabbitmq=RabbitmqAddress(conn_id=str(conn_id)) as address):
            from airflow_unifyweaver.events.handlers.rabbitmq import RabbitmqPublisher

            url = address_of(conn_id, "rabbitmq", "on_event", "a handler")
            rabbitmq = RabbitmqPublisher(url, address.queue, address.exchange, job)
            return Subscription(rabbitmq, event_types, rabbitmq.name)
    return None
