"""What each worker of a run does and did."""

from __future__ import annotations

import heapq
from dataclasses import asdict, dataclass
from typing import Any

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.journal_tail import JournalEvent

MOST_SHOWN = 200


@dataclass(slots=True)
class Worker:
    """A worker of a shard.

    :param shard: number of the shard.
    :param name: such as ``worker.2``.
    :param done: how many batches it committed.
    :param failed: how many attempts of it failed.
    :param busy_ms: how long it worked on these.
    :param batch: the batch it is at, or None.
    :param since: when it was last heard of, in seconds since 1970.
    """

    shard: int
    name: str
    done: int = 0
    failed: int = 0
    busy_ms: float = 0.0
    batch: int | None = None
    since: float = 0.0


class Workers:
    """The workers of all shards."""

    def __init__(self) -> None:
        self._workers: dict[tuple[int, str], Worker] = {}

    def apply(self, shard: int, event: JournalEvent) -> None:
        """Take in an event that a worker wrote."""
        if not event.source.startswith("worker."):
            return
        worker = self._workers.setdefault((shard, event.source), Worker(shard, event.source))
        worker.since = event.time
        worker.batch = event.batch if event.kind == EventType.BATCH_STARTED else None
        worker.done += event.kind == EventType.BATCH_COMPLETE
        worker.failed += event.kind == EventType.BATCH_FAILED
        worker.busy_ms += event.payload.get("processing_time_ms", 0.0)

    def release(self, shard: int, index: int) -> None:
        """Take in that an attempt has ended without a word of its worker."""
        for (of, _), worker in self._workers.items():
            if of == shard and worker.batch == index:
                worker.batch = None

    def to_list(self, shards: range) -> list[dict[str, Any]]:
        """Return the workers of some shards, those that were heard of last, by shard and name."""
        found = [worker for worker in self._workers.values() if worker.shard in shards]
        shown = heapq.nlargest(MOST_SHOWN, found, key=lambda worker: worker.since)
        return [asdict(worker) for worker in sorted(shown, key=lambda worker: (worker.shard, worker.name))]
