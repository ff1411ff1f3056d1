"""Events of shards that are worked on elsewhere: read from their journals, and handed to the handlers here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import POLL_SECONDS, news


@contextmanager
def relayed(run: RunDirectory, shards: Sequence[int], bus: Bus) -> Iterator[None]:
    """Publish the events that come to the journals of shards from now on, and at the end those that came last.

    :param run: the run.
    :param shards: numbers of its shards.
    :param bus: where the events go.
    """
    offsets = {number: news(run, number, 0)[1] for number in shards}

    def publish() -> None:
        for number in shards:
            events, offsets[number] = news(run, number, offsets[number])
            for event in events:
                bus.publish(event)

    def follow() -> None:
        while not ended.wait(POLL_SECONDS):
            publish()

    ended = threading.Event()
    thread = threading.Thread(target=follow, name="relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        publish()
