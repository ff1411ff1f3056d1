"""The work on one shard as a value: whatever process gets it can do it, with what it is given and the run's directory.

It is picklable and free of pydantic, so that a worker of a cluster needs no more than this package's core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.run.backend import Backend, SlotSettings, WorkerSpec
from airflow_unifyweaver.run.checkpoints import checkpoints_of
from airflow_unifyweaver.run.coordinator import Coordinator, ShardSummary
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.killed import report_killed
from airflow_unifyweaver.run.lock import locked
from airflow_unifyweaver.run.plan import PlannedBatch, Shard, read_batches
from airflow_unifyweaver.run.retry import RetryPolicy
from airflow_unifyweaver.run.state import ShardState

if TYPE_CHECKING:
    from airflow_unifyweaver.run.adaptive import AdaptiveBatches
    from airflow_unifyweaver.run.priority import Order


@dataclass(frozen=True)
class ShardWork:
    """All that it takes to work on a shard.

    :param run: the run's directory.
    :param shard: the shard's batches.
    :param spec: what its workers have to know; also names the run and the shard's number.
    :param policy: retries and failure budget.
    :param settings: how its slots run.
    :param notices: why the backend is not the one that was asked for: payloads of ``backend_degraded``.
    :param order: in which order its batches are handed out, when it is not that of the plan.
    :param adaptive: makes the batches of the plan's pieces, where these are not batches themselves.
    """

    run: RunDirectory
    shard: Shard
    spec: WorkerSpec
    policy: RetryPolicy
    settings: SlotSettings
    notices: list[dict[str, Any]]
    order: Order | None = None
    adaptive: AdaptiveBatches | None = None

    def batches(self) -> Iterator[PlannedBatch]:
        """Return the batches of the shard in the order in which they are to be handed out."""
        batches = read_batches(self.run, self.shard)
        return batches if self.order is None else self.order(batches)

    def finished(self) -> ShardSummary | None:
        """Return what came of the shard when it is finished, or None."""
        return finished_shard(self.run, self.spec.shard, self.shard)


def finished_shard(run: RunDirectory, number: int, shard: Shard) -> ShardSummary | None:
    """Return what came of a shard when it is finished, or None."""
    state = ShardState.load(run.shard(number).journal)
    return ShardSummary.of(shard.count, state) if state.finished else None


def work_on(work: ShardWork, backend: Backend, bus: Callable[[], AbstractContextManager[Bus]]) -> ShardSummary:
    """Work on the batches of a shard that are not committed yet; a finished shard returns at once.

    :param work: the shard.
    :param backend: not started yet; whatever happens, it is shut down.
    :param bus: runs the bus that events go to. It is called after the backend has started, as it may start threads.
    :raises JobFailedError: when more batches failed than the failure budget allows.
    :raises RunError: when another process works on the shard, or the run directory cannot be used.
    """
    spec = work.spec
    directory = work.run.shard(spec.shard)
    checkpoints = checkpoints_of(work.run, spec.shard)
    with locked(directory.lock):
        checkpoints.fetch()
        while not (state := ShardState.load(directory.journal)).finished:
            if checkpoints.take_over(work.shard):
                break
        else:
            return ShardSummary.of(work.shard.count, state)
        batches = work.batches()
        with _started(backend, work) as started, bus() as events, checkpoints.sent_while(started) as slots:
            report_killed(spec.run_id, spec.shard, directory.journal, events)
            coordinator = Coordinator(spec.run_id, spec.shard, directory, work.policy, events, state, work.adaptive)
            with closing(coordinator):
                coordinator.announce(work.notices)
                return coordinator.run(batches, work.shard.count, slots)


@contextmanager
def _started(backend: Backend, work: ShardWork) -> Iterator[Backend]:
    try:
        backend.init(work.spec, work.settings)
        yield backend
    finally:
        backend.shutdown()
