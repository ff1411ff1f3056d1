"""Taking the messages of a RabbitMQ queue: kept in the run first, and only then acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.kept_window import Message
from airflow_unifyweaver.sources.known_ids import KnownIds

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel

IDLE_SECONDS = 5.0
"""When none has come for so long, others have taken the messages that were there at first."""


def take_all(
    channel: BlockingChannel, queue: str, together: int, known: KnownIds, keep: Callable[[list[Message]], None]
) -> None:
    """Take as many messages as are there now, or fewer when others take some.

    :param channel: a channel to the server.
    :param queue: the name of the queue.
    :param together: how many are kept, and then acknowledged, at a time at most; they are held in memory.
    :param known: tells which of those that are delivered again were taken before; they are acknowledged only.
    :param keep: makes messages durable; what it raises leaves them to be delivered again.
    :raises SourceError: when the queue is deleted meanwhile.
    """
    left = channel.queue_declare(queue, passive=True).method.message_count
    while left > 0:
        # Never more than are wanted are on their way: those would go back, and be told as delivered again.
        taken = _take(channel, queue, min(together, left), known, keep)
        left = left - taken if taken else 0


def _take(
    channel: BlockingChannel, queue: str, count: int, known: KnownIds, keep: Callable[[list[Message]], None]
) -> int:
    """Take some messages, and return how many were delivered."""
    messages: list[Message] = []
    delivered, last = 0, 0
    channel.basic_qos(prefetch_count=count)
    for method, properties, body in channel.consume(queue, inactivity_timeout=IDLE_SECONDS):
        if method is None or properties is None:
            break
        delivered, last = delivered + 1, method.delivery_tag
        message_id = _text(properties.message_id)
        if not (method.redelivered and known.was_taken(message_id)):
            published = time.time() if properties.timestamp is None else properties.timestamp
            messages.append(Message(body or b"", message_id, published))
        if delivered == count:
            break
    else:
        raise SourceError(f"source.queue {queue}: it was deleted while it was read; what was read is kept")
    channel.cancel()
    if messages:
        keep(messages)
    if delivered:
        channel.basic_ack(last, multiple=True)
    return delivered


def _text(message_id: str | bytes | None) -> str | None:
    """Return an id as text; pika gives one that is not UTF-8 as bytes."""
    return message_id.decode("utf-8", "surrogateescape") if isinstance(message_id, bytes) else message_id
