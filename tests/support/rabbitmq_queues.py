"""Queues for tests, and what is published to them."""

import itertools
from contextlib import contextmanager

import pika

_NAMES = itertools.count()
TOGETHER = 5_000


class Queue:
    """A durable queue on a broker.

    :param broker: the service.
    :param kind: ``classic`` or ``quorum``.
    """

    def __init__(self, broker, kind="classic"):
        self.broker = broker
        self.name = f"queue {next(_NAMES)}"
        with broker.channel() as channel:
            channel.queue_declare(self.name, durable=True, arguments={"x-queue-type": kind})

    @property
    def count(self):
        """How many messages are ready."""
        with self.broker.channel() as channel:
            return channel.queue_declare(self.name, passive=True).method.message_count

    def publish(self, bodies, ids=None, times=None):
        """Publish persistent messages, and return when the broker has them on its disk.

        :param bodies: what they say.
        :param ids: what they are called; by their number from 0, if absent.
        :param times: when they were published.
        """
        bodies = list(bodies)
        ids = map(str, itertools.count()) if ids is None else ids
        times = itertools.repeat(None) if times is None else times
        with self.broker.channel() as channel:
            for number, (body, message_id, time) in enumerate(zip(bodies, ids, times, strict=False)):
                properties = pika.BasicProperties(
                    delivery_mode=pika.DeliveryMode.Persistent, message_id=message_id, timestamp=time
                )
                channel.basic_publish("", self.name, body, properties)
                if number % TOGETHER == TOGETHER - 1:
                    channel.tx_commit()
            channel.tx_commit()

    def delete(self):
        with self.broker.channel() as channel:
            channel.queue_delete(self.name)


@contextmanager
def queue_on(broker, kind="classic"):
    """A queue, which is gone afterwards."""
    queue = Queue(broker, kind)
    yield queue
    queue.delete()
