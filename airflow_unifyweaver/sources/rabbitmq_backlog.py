"""What a job has not taken from its RabbitMQ queue yet."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.rabbitmq_address import RabbitmqAddress, address_of

if TYPE_CHECKING:
    from pika import BlockingConnection

    from airflow_unifyweaver.job.batch import Batch
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.service_source import RabbitmqSource


def rabbitmq_backlog(source: RabbitmqSource, job: BatchJob, address: str | None) -> RabbitmqBacklog:
    """Return the backlog of a job.

    :param address: the URL that its connection holds, when it names one.
    """
    return RabbitmqBacklog(address_of(source, address), source.queue, job.batch)


class RabbitmqBacklog:
    """A :class:`~airflow_unifyweaver.sources.stream.StreamBacklog`.

    A run is due when there is a whole batch of the size that the job wants; with a window of time, when messages have
    waited for so long; and else, as soon as there is a message.

    :param address: of the server.
    :param queue: the queue.
    :param batch: how the job is cut into batches.
    """

    def __init__(self, address: RabbitmqAddress, queue: str, batch: Batch) -> None:
        self._address = address
        self._queue = queue
        self._least = batch.batch_size or 1
        self._seconds = batch.batch_window.seconds if batch.batch_window is not None else 0.0
        self._connection: BlockingConnection | None = None
        self._messages = 0
        self._since = 0.0

    def ready(self) -> dict[str, Any] | None:
        """Return how many messages a run would take now, and since when some wait; None while none is due."""
        before, self._messages = self._messages, self._count()
        if before == 0 or self._messages < before:  # a run has taken what waited, or had begun to
            self._since = time.time()
        if self._messages < self._least or time.time() - self._since < self._seconds:
            return None
        return {"messages": self._messages, "since": self._since}

    def close(self) -> None:
        """Leave the broker."""
        if self._connection is not None:
            with suppress(SourceError), self._address.errors(self._queue):
                self._connection.close()
            self._connection = None

    def _count(self) -> int:
        try:
            with self._address.errors(self._queue):
                self._connection = self._connection or self._address.connect()
                with self._connection.channel() as channel:
                    count: int = channel.queue_declare(self._queue, passive=True).method.message_count
                    return count
        except SourceError:
            self.close()
            raise
