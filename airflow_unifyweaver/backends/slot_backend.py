"""What all backends with slots on this machine share: handing out tickets, hearing of them, timeouts and losses.

A slot is a process that runs :func:`airflow_unifyweaver.backends.slot.main`. How it comes to be is the one thing that
backends differ in: they give a :class:`Launcher`.
"""

from __future__ import annotations

import json
import os
import pickle
import selectors
import signal
import socket
import struct
import sys
import time
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol

from airflow_unifyweaver.backends.base import BaseBackend
from airflow_unifyweaver.backends.limits import Limits
from airflow_unifyweaver.backends.nursery import killed_or_exited
from airflow_unifyweaver.backends.slots import Slot
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import BackendError, RunError
from airflow_unifyweaver.run.backend import Probed, Report, SlotSettings, Started, Ticket, WorkerLost, WorkerSpec
from airflow_unifyweaver.run.state import DECISIONS

PREFETCH_SECONDS = 0.02
"""Work that a slot may have in its queue, by the time that batches took so far."""
PREFETCHED_SECONDS = 0.1
"""The longest batches of which one waits while another is worked on, though that is more: handing it out takes half a
millisecond, in which the slot would be idle. Behind a longer one it would wait too long when another slot is free."""
MAX_QUEUE = 64
"""Most tickets in one slot's queue."""
START_SECONDS = 30.0
"""How long a slot may take to come up."""
MAX_FAILED_STARTS = 3
"""After so many slots in a row that did not come up, give up."""
START_CHECK_SECONDS = 0.2
"""How often to look after what starts slots while one is not up yet."""
IDLE_SECONDS = 2.0
"""How long an elastic slot stays that has nothing to do."""
PREEMPTED = killed_or_exited(-signal.SIGTERM)
"""How a slot ends that was asked to go; what ends one for a fault, the kernel or this package, does so by SIGKILL."""
COLLECT_SECONDS = (0.001, 0.005)
"""How long, at least and at most, to let reports gather while all slots have more to do than that: each wake-up costs
as much as a batch."""
CHECK_SECONDS = 0.1
"""How often slots are held to their limits, at least, however much there is to hear of others."""
_CREDENTIALS = struct.Struct("3i")
_STARTED = b'{"event_type":"%s"' % EventType.BATCH_STARTED.encode()


class Launcher(Protocol):
    """Starts slot processes."""

    def start(self, number: int) -> None:
        """Start the slot of this number; it will connect to the address that the launcher was made with."""

    def cause_of_death(self, number: int, pid: int) -> str:
        """Return how a slot's process ended, in words."""

    def forget(self, number: int, pid: int) -> None:
        """Take no interest in how a slot's process ends, as that is known; 0 is the id of one that did not come up."""

    def check(self) -> None:
        """Look whether slots can still come up.

        :raises BackendError: when they cannot.
        """

    def close(self) -> None:
        """Stop whatever starts slots; they themselves are gone by then."""


class SlotBackend(BaseBackend):
    """A backend whose slots run on this machine; see :class:`airflow_unifyweaver.run.backend.Backend`."""

    @abstractmethod
    def launcher(self, address: str, spec: WorkerSpec, settings: SlotSettings) -> Launcher:
        """Return what starts the slots.

        :param address: name of the abstract Unix socket that slots connect to.
        :param spec: what they will work on.
        :param settings: how many there will be, and options.
        """

    def init(self, spec: WorkerSpec, settings: SlotSettings) -> None:
        """Start the slots."""
        self._limits = Limits(settings)
        self._spec = _framed(pickle.dumps(sys.path)) + _framed(pickle.dumps(spec))
        self._average = 1.0
        self._failed_starts = 0
        self._checked = time.monotonic()
        address = f"unifyweaver-{os.urandom(16).hex()}"
        self._launcher = self.launcher(address, spec, settings)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind("\0" + address)
        self._listener.listen(settings.workers)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._most = settings.workers
        self._least = min(settings.least or self._most, self._most)
        self._slots: dict[int, Slot] = {}
        for _ in range(self._least):
            self._add()

    def capacity(self) -> int:
        """Return how many more tickets the slots can use now."""
        depth = self._depth()
        not_started = self._most - len(self._slots)
        if not not_started and self._are_supplied(depth):
            return 0  # a few tickets at a time cost more than many
        return not_started * depth + sum(max(depth - len(slot.queue), 0) for slot in self._slots.values())

    def submit(self, tickets: Sequence[Ticket]) -> None:
        """Hand tickets to the slots with the shortest queues; add slots as long as tickets would wait in them."""
        given: dict[int, list[Ticket]] = defaultdict(list)
        lengths = {number: len(slot.queue) for number, slot in self._slots.items()}
        for ticket in tickets:
            number = min(lengths, key=lengths.__getitem__)
            if lengths[number] and len(self._slots) < self._most:
                number = self._add()
                lengths[number] = 0
            given[number].append(ticket)
            lengths[number] += 1
        for number, share in given.items():
            self._slots[number].give(share)

    def wait(self, timeout: float | None) -> list[Report]:
        """Return what has happened, waiting for at most so many seconds."""
        if any(slot.connection is None for slot in self._slots.values()):
            self._launcher.check()
        if self._are_supplied(depth := self._depth()):
            # They have twice this to do, but for a millisecond that the shortest batches may be out by.
            time.sleep(min(max(depth * self._average / 4, COLLECT_SECONDS[0]), COLLECT_SECONDS[1]))
        reports = self._heard(self._patience(timeout))
        if reports:
            if time.monotonic() < self._checked + CHECK_SECONDS:
                return reports
            reports += self._heard(0)  # the first took time, in which slots may have finished that seem late
        self._checked = time.monotonic()
        return reports + self._expire()

    def shutdown(self) -> None:
        """Kill all slots and what starts them; safe at any time."""
        for slot in getattr(self, "_slots", {}).values():
            slot.kill()
            if slot.connection is not None:
                slot.connection.close()
        if hasattr(self, "_selector"):
            self._slots = {}
            self._launcher.close()
            self._selector.close()
            self._listener.close()

    def _add(self) -> int:
        number = next(number for number in count(1) if number not in self._slots)
        self._slots[number] = Slot(number)
        self._launcher.start(number)
        return number

    def _are_supplied(self, depth: int) -> bool:
        """Tell whether every slot has more than half of what it may have in its queue, beside what it is at."""
        return all(len(slot.queue) - 1 > depth // 2 for slot in self._slots.values())

    def _depth(self) -> int:
        least = 2 if self._average <= PREFETCHED_SECONDS else 1
        return max(least, min(MAX_QUEUE, int(PREFETCH_SECONDS / self._average)))

    def _patience(self, timeout: float | None) -> float | None:
        waits = [self._limits.patience(slot) for slot in self._slots.values() if slot.is_working()]
        if any(slot.connection is None for slot in self._slots.values()):
            waits.append(START_CHECK_SECONDS)
        waits += [max(IDLE_SECONDS - slot.idle_seconds(), 0.0) for slot in self._superfluous()]
        if timeout is not None:
            waits.append(timeout)
        return min(waits, default=None)

    def _expire(self) -> list[Report]:
        for slot in list(self._slots.values()):
            if slot.connection is None and time.monotonic() - slot.since >= START_SECONDS:
                slot.killed_because = f"slot {slot.number} did not come up within {START_SECONDS:g} s"
                return self._lose(slot)
            if slot.is_working() and (reason := self._limits.overstepped(slot)):
                slot.kill(reason)
        for slot in self._superfluous():
            if slot.idle_seconds() >= IDLE_SECONDS:
                self._remove(slot)
        return []

    def _superfluous(self) -> list[Slot]:
        """Return slots that are above the least number and have nothing to do."""
        idle = [slot for slot in self._slots.values() if slot.connection is not None and not slot.queue]
        return idle[: len(self._slots) - self._least]

    def _remove(self, slot: Slot) -> None:
        self._disconnect(slot)
        del self._slots[slot.number]
        self._launcher.forget(slot.number, slot.pid)

    def _disconnect(self, slot: Slot) -> None:
        if slot.connection is not None:
            self._selector.unregister(slot.connection)
            slot.connection.close()
        slot.kill()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, user, _ = _CREDENTIALS.unpack(peer)
        if user != os.geteuid():  # names of abstract sockets are open to all users of the machine
            connection.close()
            return
        slot = self._slots.get(int.from_bytes(connection.recv(4)))
        if slot is None or slot.connection is not None:  # it died at once, or comes after it was given up
            connection.close()
            return
        slot.connect(connection, pid, self._spec)
        self._selector.register(connection, selectors.EVENT_READ, slot)

    def _heard(self, timeout: float | None) -> list[Report]:
        reports: list[Report] = []
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._accept()
            else:
                reports += self._hear(key.data)
        return reports

    def _hear(self, slot: Slot) -> list[Report]:
        lines = slot.read()
        if lines is None:
            return self._lose(slot)
        return [self._report(slot, line) for line in lines]

    def _report(self, slot: Slot, line: bytes) -> Report:
        if line.startswith(_STARTED):
            return Started(line + b"\n")
        event = Event.from_line(line + b"\n")
        if event is None:
            return self._answer(slot, json.loads(line))
        if event.event_type in DECISIONS:
            slot.next()
            seconds = event.payload["processing_time_ms"] / 1000
            self._average = max(0.8 * self._average + 0.2 * seconds, 1e-5)
            self._limits.learn(seconds)
        return event

    def _answer(self, slot: Slot, answer: dict[str, Any]) -> Probed:
        if "fatal" in answer:  # the slot's last words: an error that is no fault of the batch
            raise RunError(answer["fatal"])
        slot.next()
        return Probed(*answer["probed"])

    def _lose(self, slot: Slot) -> list[Report]:
        """Put another slot in the place of one that is gone, and tell what it was at."""
        self._disconnect(slot)
        self._failed_starts = self._failed_starts + 1 if slot.connection is None else 0
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise BackendError(f"{self.name}: {slot.killed_because}, as {self._failed_starts - 1} slots before it")
        self._slots[slot.number] = Slot(slot.number)
        self._launcher.start(slot.number)
        current = slot.queue.popleft() if slot.connection is not None and slot.queue else None
        if slot.killed_because:
            self._launcher.forget(slot.number, slot.pid)
            return [WorkerLost(slot.killed_because, current, list(slot.queue))]
        cause = self._launcher.cause_of_death(slot.number, slot.pid)
        return [WorkerLost(f"its worker died: {cause}", current, list(slot.queue), cause == PREEMPTED)]


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8) + data
