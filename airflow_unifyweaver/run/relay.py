"""Events of shards that are worked on elsewhere: read from their journals, and handed to the handlers here.

How far they were handed on stands in a file, so that a process that goes on in another one's place tells the rest.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.run.history import news
from airflow_unifyweaver.run.remote.journals import JournalFollower

CHUNK_BYTES = 1 << 20
"""How much of a journal is read at a time: some thousand events, which handlers have room for."""
_TOLD = "told.json"


class Relay:
    """Hands the events of shards on, each once; those that came before there was any relay are not told.

    :attr:`seconds` is how long to wait before looking again.

    :param run: the run.
    :param shards: numbers of its shards.
    """

    def __init__(self, run: RunDirectory, shards: Sequence[int]) -> None:
        self._run = run
        self._folder = Exchange(run.path, run.url).folder(f"cluster/{shards[0]:04d}")
        self._follower = JournalFollower(run)
        self.seconds = self._follower.seconds
        for number in shards:
            self._follower.follow(number)
        self._offsets = self._told()
        if not self._offsets:
            self._offsets = {str(number): news(run, number, 0)[1] for number in shards}
            self._keep()

    def catch_up(self, bus: Bus) -> None:
        """Tell all that was not told yet, at the handlers' pace."""
        while self.tell(bus):
            bus.drain()

    def tell(self, bus: Bus) -> bool:
        """Tell the next events of each shard, and return whether there were any."""
        before = dict(self._offsets)
        for number, offset in before.items():
            self._follower.follow(int(number))
            events, self._offsets[number] = news(self._run, int(number), offset, CHUNK_BYTES)
            bus.publish(*events)
        if self._offsets == before:
            return False
        self._keep()
        return True

    def _told(self) -> dict[str, int]:
        offsets: dict[str, int] = json.loads(self._folder.read(_TOLD) or b"{}")
        return offsets

    def _keep(self) -> None:
        self._folder.write(_TOLD, json.dumps(self._offsets).encode())


@contextmanager
def relayed(run: RunDirectory, shards: Sequence[int], bus: Bus) -> Iterator[None]:
    """Publish the events of shards: first those that an earlier process did not, then those that come meanwhile.

    :param run: the run.
    :param shards: numbers of its shards.
    :param bus: where the events go.
    """
    relay = Relay(run, shards)
    relay.catch_up(bus)

    def follow() -> None:
        while not ended.wait(relay.seconds):
            with suppress(RunError):  # of a URL that does not answer just now; the last time counts
                relay.tell(bus)

    ended = threading.Event()
    thread = threading.Thread(target=follow, name="relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        while relay.tell(bus):
            pass
