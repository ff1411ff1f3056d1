"""What all backends on clusters share: whole shards are placed on the cluster's workers.

What runs there is the same as here, coordinator and slot; the cluster decides where, and starts a shard again elsewhere
when it loses a worker. The journal tells the new process what the lost one has committed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends.base import BaseBackend

if TYPE_CHECKING:
    from airflow_unifyweaver.backends.placement import Placement
    from airflow_unifyweaver.job.parallel import Parallel
    from airflow_unifyweaver.run.coordinator import ShardSummary
    from airflow_unifyweaver.run.shard_work import ShardWork

ATTEMPTS = 4
"""How often a shard is started whose process was killed or whose worker was lost, before it is given up."""
SHARDS_PER_WORKER = 4
"""How many shards a cluster gets for each of its workers at most, so that none has nothing to do for long."""
BATCHES_PER_SHARD = 16
"""How many batches a shard has at least, unless there would be less than one shard a worker: each costs a process."""


class ClusterBackend(BaseBackend):
    """A backend whose workers are those of a cluster, all of which see the run's directory, or its URL."""

    @classmethod
    def available(cls, parallel: Parallel) -> int | None:  # noqa: ARG003
        """Return how many workers the cluster has, or None when that is not known: as many as here, then.

        :param parallel: options of the job.
        :raises BackendError: when the cluster cannot be reached.
        """
        return None

    @classmethod
    def is_elsewhere(cls, parallel: Parallel) -> bool:
        """Tell whether other machines do the work, so that whoever waits for it here need not be there.

        :param parallel: options of the job.
        """
        return cls.unasked(parallel) is None

    def run(self, works: Sequence[ShardWork], parallel: Parallel, workers: int) -> list[ShardSummary]:
        """Work on shards until each is done; those that are finished already never come to the cluster.

        :param works: the shards.
        :param parallel: options of the job.
        :param workers: how many workers there shall be at most.
        :raises JobFailedError: when more batches of a shard failed than the failure budget allows.
        :raises BackendError: when the cluster cannot be reached, or gave up on a shard.
        """
        known = [(work, work.finished()) for work in works]
        left = [work for work, summary in known if summary is None]
        finished = [summary for _, summary in known if summary is not None]
        if left:
            from airflow_unifyweaver.backends.placement import launched

            with launched(left) as placements:
                finished += self.run_placed(placements, parallel, workers)
        return finished

    def run_placed(self, placements: Sequence[Placement], parallel: Parallel, workers: int) -> list[ShardSummary]:
        """Have the cluster work on the shards of a launch until each is done.

        :param placements: where their work is written down.
        :param parallel: options of the job.
        :param workers: how many workers there shall be at most.
        :raises JobFailedError: when more batches of a shard failed than the failure budget allows.
        :raises BackendError: when the cluster cannot be reached, or gave up on a shard.
        """
        from concurrent.futures import ThreadPoolExecutor

        from airflow_unifyweaver.backends.placement import summaries

        references = [placement.reference for placement in placements]
        with ThreadPoolExecutor(1, f"{self.name}-place") as pool:
            try:
                # Here signals come as exceptions; engines do not always let these out before all shards have ended.
                failure = pool.submit(self.place, references, parallel, workers).exception()
            finally:
                try:
                    placements[0].cancel()
                finally:
                    self.close()
        return summaries(placements, self.name, failure)

    @abstractmethod
    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Have the cluster call :func:`~airflow_unifyweaver.backends.placed.run_shard` with each, and wait for all.

        It is called in a thread of its own. What comes of a shard stands in the run's directory; whatever else this
        raises counts when it does not.

        :raises BackendError: when the cluster cannot be reached.
        """

    def job_id(self) -> str | None:
        """Return what the cluster calls the job that :meth:`place` has made there, or None when it has none yet."""
        return None

    def close(self) -> None:
        """Let go of the cluster, so that :meth:`place` ends soon if it has not yet; shards have been told to stop."""
