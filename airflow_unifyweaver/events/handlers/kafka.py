"""Events to a topic of Kafka."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.events.handlers.cloud_event import PATIENCE_SECONDS, cloud_event, needs_extra
from airflow_unifyweaver.events.schema import Event

if TYPE_CHECKING:
    from cloudevents.core.bindings.kafka import KafkaMessage
    from confluent_kafka import KafkaError, Message, Producer

log = logging.getLogger(__name__)

_CONFIG = {
    "client.id": "airflow-unifyweaver",
    "enable.idempotence": True,  # what is sent again after a disturbance comes once, and in order
    "message.timeout.ms": int(PATIENCE_SECONDS * 1000),
    "log_level": 2,  # librdkafka writes to standard error itself; what it has to say comes by error_cb as well
}
_ROOM_SECONDS = 0.5
_EXPLAIN_SECONDS = 1.0


class KafkaPublisher:
    """Sends events in the background: librdkafka keeps those that no broker has confirmed yet, and sends them again.

    The key of a message is the shard, so that a shard's events stay in order in one partition.

    :param config: configuration of the producer, by librdkafka's names; it may hold secrets.
    :param topic: where to.
    :param job: name of the job, which goes into every event.
    :raises JobError: when the extra ``kafka`` is not installed.
    """

    def __init__(self, config: Mapping[str, Any], topic: str, job: str) -> None:
        with needs_extra("kafka"):
            import cloudevents  # noqa: F401 - both are wanted in time, and used later
            import confluent_kafka  # noqa: F401
        self._config = {**_CONFIG, **config, "error_cb": self._warn}
        self._topic = topic
        self._job = job
        self._producer: Producer | None = None
        self._lost = 0
        self._warned = False

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"kafka {self._topic}"

    def __call__(self, event: Event) -> None:
        """Take an event, and wait while there is no room for it.

        :raises confluent_kafka.KafkaException: when the configuration is wrong, or the producer of no more use.
        """
        from cloudevents.core.bindings.kafka import to_structured_event

        message = to_structured_event(cloud_event(event, self._job), key_mapper=lambda sent: sent.get_source())
        producer = self._started()
        while not self._queued(producer, message):
            producer.poll(_ROOM_SECONDS)
        producer.poll(0)

    def settle(self, seconds: float) -> int:
        """Wait until the brokers have confirmed everything; return how many events they have not."""
        if self._producer is None:
            return 0
        if self._producer.flush(max(seconds - _EXPLAIN_SECONDS, 0)) and not self._warned:
            self._explain(self._producer)
        lost = self._producer.flush(0) + self._lost
        self._producer.purge()  # what is left would be sent yet, if a broker came back while the process lives
        return lost

    def _started(self) -> Producer:
        from confluent_kafka import Producer

        if self._producer is None:
            self._producer = Producer(self._config)
        return self._producer

    def _queued(self, producer: Producer, message: KafkaMessage) -> bool:
        try:
            producer.produce(
                self._topic, message.value, message.key, headers={**message.headers}, on_delivery=self._delivered
            )
        except BufferError:
            return False
        return True

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._lost += 1
            self._warn(error)

    def _explain(self, producer: Producer) -> None:
        """Say why nothing is confirmed, where brokers do not say so by themselves: the topic may not be there."""
        from confluent_kafka import KafkaException

        try:
            error = producer.list_topics(self._topic, timeout=_EXPLAIN_SECONDS).topics[self._topic].error
        except KafkaException as raised:
            error = raised.args[0]
        if error is not None:
            self._warn(error)

    def _warn(self, error: KafkaError) -> None:
        if not self._warned:
            self._warned = True
            log.warning("event handler %s: %s", self.name, error.str())
