"""What all backends on clusters share: whole shards are placed on the cluster's workers.

What runs there is the same as here, coordinator and slot; the cluster decides where, and starts a shard again elsewhere
when it loses a worker. The journal tells the new process what the lost one has committed.
"""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends.base import BaseBackend
from airflow_unifyweaver.backends.placement import summaries, write_placement
from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.shard_work import ShardWork

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

SHARDS_PER_WORKER = 4
"""How many shards a cluster gets for each of its workers, so that none has nothing to do for long."""
ATTEMPTS = 4
"""How often a cluster starts a shard whose worker it has lost, before it gives up."""


class ClusterBackend(BaseBackend):
    """A backend whose workers are those of a cluster, all of which see the run's directory."""

    def run(self, works: Sequence[ShardWork], parallel: Parallel, workers: int) -> list[ShardSummary]:
        """Work on shards until each is done.

        :param works: the shards.
        :param parallel: options of the job.
        :param workers: how many workers there shall be.
        :raises JobFailedError: when more batches of a shard failed than the failure budget allows.
        :raises BackendError: when the cluster cannot be reached, or gave up on a shard.
        """
        folder = works[0].run.path / "cluster"
        folder.mkdir(parents=True, exist_ok=True)
        cancelled = folder / f"{uuid.uuid4().hex}.cancelled"
        references = [str(write_placement(work, cancelled)) for work in works]
        failure: Exception | None = None
        try:
            self.place(references, parallel, workers)
        except UnifyWeaverError:
            raise
        except Exception as error:
            failure = error
        finally:
            cancelled.touch()
            self.close()
        return summaries(works, self.name, failure)

    @abstractmethod
    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Have the cluster call :func:`~airflow_unifyweaver.backends.placed.run_shard` with each, and wait for all.

        What comes of a shard stands in its directory; whatever else this raises counts when it does not.

        :raises BackendError: when the cluster cannot be reached.
        """

    def close(self) -> None:
        """Let go of the cluster; may be called at any time."""
