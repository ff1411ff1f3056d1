"""The bus: delivers events to handlers without ever making a worker wait.

Each handler has a bounded queue and a thread of its own, so a slow, raising or blocked handler costs neither the run
nor the other handlers anything; what it missed is counted and reported when the bus closes. Only what this package
itself keeps of events is kept at once: that takes less time than to wake a thread.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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
_REPORT_SECONDS = 0.25
"""A handler has this much less time to deliver than the bus waits for it, so that it can still tell what is missing."""


@runtime_checkable
class PatientHandler(Protocol):
    """A handler that takes events before they have arrived where they go, or waits for a place that is away.

    Unlike others it is never stuck: when the bus closes, it has all the time that there is.
    """

    def __call__(self, event: Event) -> None:
        """Take one event."""

    def settle(self, seconds: float) -> int:
        """Wait for what is under way, at most so many seconds; return how many of all events have not arrived."""


@dataclass(frozen=True)
class Subscription:
    """A handler and the events it wants.

    :param handler: called with one event at a time, on its own thread, where a :class:`PatientHandler` settles, too.
    :param topics: the event types it wants.
    :param name: how reports call it.
    :param at_once: whether whoever publishes calls the handler, which must not raise, and be done at once.
    """

    handler: Handler
    topics: Iterable[str] = tuple(EventType)
    name: str = ""
    at_once: bool = False


class _Delivery:
    """A subscription at work: its queue, its thread, and what went wrong."""

    def __init__(self, subscription: Subscription) -> None:
        self.topics = frozenset(subscription.topics)
        self._handler = subscription.handler
        self._name = subscription.name or getattr(self._handler, "__qualname__", type(self._handler).__name__)
        self._offered = 0
        self._taken = 0
        self._dropped = 0
        self._raised = 0
        self._began = math.inf
        self._stuck_seconds = math.inf if isinstance(self._handler, PatientHandler) else STUCK_SECONDS
        self._deadline = math.inf
        self._left_behind = False
        self._queue: queue.SimpleQueue[Sequence[Event] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._deliver, name=f"events-{self._name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many events are queued or at hand."""
        return self._offered - self._taken

    def offer(self, events: Sequence[Event]) -> None:
        """Queue the events that are wanted, together; count as dropped those that the handler is too far behind for."""
        wanted = [event for event in events if event.event_type in self.topics]
        taken = wanted[: max(QUEUE_LENGTH - self.waiting, 0)]
        self._dropped += len(wanted) - len(taken)
        if taken:
            self._offered += len(taken)
            self._queue.put(taken)

    def drain(self) -> None:
        """Wait until the handler has caught up, as long as it gets on."""
        while (self.waiting or self._began < math.inf) and time.monotonic() < self._began + STUCK_SECONDS:
            time.sleep(_LOOK_SECONDS)

    def end(self, deadline: float) -> None:
        """Let the handler end after what is queued, at the deadline (a ``time.monotonic()`` value) at the latest."""
        self._deadline = deadline
        self._queue.put(None)

    def close(self) -> None:
        """Wait for the handler's end, and report.

        One that is stuck is left behind at once; a slow or patient one has until the deadline.
        """
        while self._thread.is_alive() and time.monotonic() < min(self._deadline, self._began + self._stuck_seconds):
            self._thread.join(_LOOK_SECONDS)
        if self._thread.is_alive():
            self._left_behind = True
            log.warning("event handler %s is still busy; it is left behind", self._name)
            self._dropped += self.waiting
        if self._dropped or self._raised:
            log.warning("event handler %s: raised %d times, missed %d events", self._name, self._raised, self._dropped)

    def _deliver(self) -> None:
        while (events := self._queue.get()) is not None:
            for event in events:
                if self._left_behind:
                    return
                self._handle(event)
        if isinstance(self._handler, PatientHandler):
            self._settle(self._handler)

    def _handle(self, event: Event) -> None:
        self._began = time.monotonic()
        try:
            self._handler(event)
        except BaseException as error:  # sys.exit() in a handler must not end its thread, which others wait for
            self._count(error)
        finally:
            self._taken += 1
            self._began = math.inf

    def _settle(self, handler: PatientHandler) -> None:
        try:
            self._dropped += handler.settle(max(self._deadline - _REPORT_SECONDS - time.monotonic(), 0.0))
        except BaseException as error:
            self._count(error)

    def _count(self, error: BaseException) -> None:
        """Count what the handler raised, and say what it was the first time."""
        self._raised += 1
        if self._raised == 1:
            log.warning("event handler %s raised %s: %s", self._name, type(error).__name__, error)


class Bus:
    """Delivers each event to every subscription that wants its type."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        known = list(subscriptions)
        self._at_once = [(one.handler, frozenset(one.topics)) for one in known if one.at_once]
        self._deliveries = [_Delivery(subscription) for subscription in known if not subscription.at_once]
        topics = [*(topics for _, topics in self._at_once), *(delivery.topics for delivery in self._deliveries)]
        self._topics = frozenset[str]().union(*topics)

    def wants(self, event_type: str) -> bool:
        """Tell whether there is a handler for a type of events."""
        return event_type in self._topics

    def publish(self, *events: Event) -> None:
        """Hand events to the handlers' queues; never blocks. Together they wake each handler once."""
        for handler, topics in self._at_once:
            for event in events:
                if event.event_type in topics:
                    handler(event)
        for delivery in self._deliveries:
            delivery.offer(events)

    def drain(self) -> None:
        """Wait until handlers have caught up, however long that takes; those that are stuck are not waited for."""
        for delivery in self._deliveries:
            delivery.drain()

    def close(self) -> None:
        """Let handlers catch up for at most :data:`CLOSE_SECONDS`, and report those that failed."""
        deadline = time.monotonic() + CLOSE_SECONDS
        for delivery in self._deliveries:
            delivery.end(deadline)
        for delivery in self._deliveries:
            delivery.close()
