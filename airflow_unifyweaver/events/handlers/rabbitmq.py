"""Events to a queue or an exchange of RabbitMQ."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from airflow_unifyweaver.events.handlers.cloud_event import PATIENCE_SECONDS, cloud_event, needs_extra
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError

if TYPE_CHECKING:
    from pika import BasicProperties, BlockingConnection
    from pika.adapters.blocking_connection import BlockingChannel
    from pika.exceptions import AMQPConnectionError

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
"""How long to wait before a broker that is away is looked for again."""


class RabbitmqPublisher:
    """Sends events one after another, each until the broker has confirmed it.

    In a queue they are kept on disk. To an exchange they go with the routing key ``event_type.job``.

    :param url: address of the broker, ``amqp`` or ``amqps``; it may hold a secret.
    :param queue: name of the queue; None for an exchange.
    :param exchange: name of the exchange; None for a queue.
    :param job: name of the job, which goes into every event.
    :raises JobError: when the extra ``rabbitmq`` is not installed, or the address has options that pika does not know.
    """

    def __init__(self, url: str, queue: str | None, exchange: str | None, job: str) -> None:
        with needs_extra("rabbitmq"):
            import cloudevents  # noqa: F401 - is wanted in time, used later
            from pika import URLParameters
        logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs what it raises, in seven lines
        try:
            self._parameters = URLParameters(url)
        except ValueError:  # the message may show parts of it
            raise JobError(
                "on_event: the URL of RabbitMQ has an option that is none; see pika's URLParameters"
            ) from None
        self._queue = queue
        self._exchange = exchange
        self._job = job
        self._connection: BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._patient_until: float | None = None
        self._warned = False

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"rabbitmq {self._queue or self._exchange}"

    def __call__(self, event: Event) -> None:
        """Send an event, and when the broker is away wait for it.

        :raises pika.exceptions.AMQPError: when it does not come back, or does not take the event.
        """
        from pika.exceptions import AMQPConnectionError

        body, properties = self._message(event)
        routing_key = self._queue or f"{event.event_type}.{self._job}"
        while True:
            try:
                self._publish(routing_key, body, properties)
            except AMQPConnectionError as error:
                was_open = self._connection is not None
                self._disconnect()
                self._wait(error, quietly=was_open)
            else:
                self._patient_until, self._warned = None, False
                return

    def settle(self, _: float) -> int:
        """Close the connection; what was sent is confirmed already."""
        self._disconnect()
        return 0

    def _message(self, event: Event) -> tuple[bytes, BasicProperties]:
        from cloudevents.core.bindings.rabbitmq import to_structured_event
        from pika import BasicProperties, DeliveryMode

        envelope = cloud_event(event, self._job)
        message = to_structured_event(envelope)
        return message.body, BasicProperties(
            content_type=message.content_type,
            delivery_mode=DeliveryMode.Persistent.value,
            message_id=envelope.get_id(),
            app_id="airflow-unifyweaver",
        )

    def _publish(self, routing_key: str, body: bytes, properties: BasicProperties) -> None:
        """Publish a message. An exchange may have no queue for it; a queue that it is for must be there."""
        channel = self._opened()
        channel.basic_publish(self._exchange or "", routing_key, body, properties, mandatory=self._queue is not None)

    def _opened(self) -> BlockingChannel:
        from pika import BlockingConnection

        if self._connection is None:
            self._connection = BlockingConnection(self._parameters)
        if self._channel is None or self._channel.is_closed:
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
        return self._channel

    def _disconnect(self) -> None:
        from pika.exceptions import AMQPError

        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            with suppress(AMQPError):
                connection.close()

    def _wait(self, error: AMQPConnectionError, *, quietly: bool) -> None:
        """Wait before the next try.

        :param quietly: it was an open connection that ended, perhaps as nothing was sent for long.
        :raises AMQPConnectionError: the error, when no further try is worth it.
        """
        now = time.monotonic()
        self._patient_until = self._patient_until or now + PATIENCE_SECONDS
        if now > self._patient_until or _is_refusal(error):
            raise error
        if not (quietly or self._warned):
            self._warned = True
            log.warning("event handler %s: %s; trying for %g s", self.name, _reason(error), PATIENCE_SECONDS)
        time.sleep(RETRY_SECONDS)


def _is_refusal(error: AMQPConnectionError) -> bool:
    from pika.exceptions import AuthenticationError, ProbableAccessDeniedError, ProbableAuthenticationError

    return isinstance(error, AuthenticationError | ProbableAccessDeniedError | ProbableAuthenticationError)


def _reason(error: BaseException) -> str:
    """Return what an error of pika's comes from, which is at the end of a chain of errors in its arguments."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    inner = getattr(error, "exception", error)
    return inner.strerror if isinstance(inner, OSError) and inner.strerror else str(error)
