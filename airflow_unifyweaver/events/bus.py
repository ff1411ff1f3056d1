"""The bus: delivers events to handlers without ever making a worker wait.

Each handler has a bounded queue and a thread of its own, so a slow, raising or blocked handler costs neither the run
nor the other handlers anything; what it missed is counted and reported when the bus closes.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airflow_unifyweaver.events.schema import Event, EventType

log = logging.getLogger(__name__)

Handler = Callable[[Event], None]
"""Takes one event; what it returns is not used, what it raises is counted."""

QUEUE_LENGTH = 10_000
"""Events that may wait for one handler; more are dropped and counted."""
CLOSE_SECONDS = 5.0
"""How long a closing bus waits for handlers to catch up, all together."""
STUCK_SECONDS = 2.0
"""A handler that has been at one event for longer than this is not waited for when the bus closes."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Subscription:
    """A handler and the events it wants.

    :param handler: called with one event at a time, on a thread of its own.
    :param topics: the event types it wants.
    :param name: how reports call it.
    """

    handler: Handler
    topics: Iterable[str] = tuple(EventType)
    name: str = ""


class _Delivery:
    """A subscription at work: its queue, its thread, and what went wrong."""

    def __init__(self, subscription: Subscription) -> None:
        self.topics = frozenset(subscription.topics)
        self._handler = subscription.handler
        self._name = subscription.name or getattr(self._handler, "__qualname__", type(self._handler).__name__)
        self._dropped = 0
        self._raised = 0
        self._began = math.inf
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._deliver, name=f"events-{self._name}", daemon=True)
        self._thread.start()

    def offer(self, event: Event) -> None:
        """Queue an event, or count it as dropped when the handler is too far behind."""
        if self._queue.qsize() < QUEUE_LENGTH:
            self._queue.put(event)
        else:
            self._dropped += 1

    def end(self) -> None:
        """Let the handler end after what is queued."""
        self._queue.put(None)

    def close(self, deadline: float) -> None:
        """Wait for the handler's end, at most until the deadline (a ``time.monotonic()`` value), and report.

        One that is stuck is left behind at once; a slow one has until the deadline, as long as it gets on.
        """
        while self._thread.is_alive() and time.monotonic() < min(deadline, self._began + STUCK_SECONDS):
            self._thread.join(_LOOK_SECONDS)
        if self._thread.is_alive():
            log.warning("event handler %s is still busy; it is left behind", self._name)
            self._dropped += max(self._queue.qsize() - 1, 0)
        if self._dropped or self._raised:
            log.warning("event handler %s: raised %d times, missed %d events", self._name, self._raised, self._dropped)

    def _deliver(self) -> None:
        while (event := self._queue.get()) is not None:
            self._began = time.monotonic()
            try:
                self._handler(event)
            except Exception as error:
                self._raised += 1
                if self._raised == 1:
                    log.warning("event handler %s raised %s: %s", self._name, type(error).__name__, error)
            finally:
                self._began = math.inf


class Bus:
    """Delivers each event to every subscription that wants its type."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        self._deliveries = [_Delivery(subscription) for subscription in subscriptions]

    def publish(self, event: Event) -> None:
        """Hand an event to the handlers' queues; never blocks."""
        for delivery in self._deliveries:
            if event.event_type in delivery.topics:
                delivery.offer(event)

    def close(self) -> None:
        """Let handlers catch up for at most :data:`CLOSE_SECONDS`, and report those that failed."""
        for delivery in self._deliveries:
            delivery.end()
        deadline = time.monotonic() + CLOSE_SECONDS
        for delivery in self._deliveries:
            delivery.close(deadline)
