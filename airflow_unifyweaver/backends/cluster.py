"""What all backends on clusters share: whole shards are placed on the cluster's workers.

What runs there is the same as here, coordinator and slot; the cluster decides where, and starts a shard again elsewhere
when it loses a worker. The journal tells the new process what the lost one has committed.
"""

from __future__ import annotations

import json
import logging
import pickle
import sys
import uuid
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver import exceptions
from airflow_unifyweaver.backends.base import BaseBackend
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import atomic_file
from airflow_unifyweaver.run.shard_work import ShardWork

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

log = logging.getLogger(__name__)

SHARDS_PER_WORKER = 4
"""How many shards a cluster gets for each of its workers, so that none has nothing to do for long."""
ATTEMPTS = 4
"""How often a cluster starts a shard whose worker it has lost, before it gives up."""


@dataclass(frozen=True)
class Reference:
    """What goes through a cluster's scheduler in place of a shard's work.

    :param work: path of the file that holds it.
    :param cancelled: path of a file that is made when it shall stop.
    """

    work: str
    cancelled: str


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
        run = works[0].run
        cancelled = run.path / "cluster" / f"{uuid.uuid4().hex}.cancelled"
        cancelled.parent.mkdir(parents=True, exist_ok=True)
        references = [Reference(str(_written(work)), str(cancelled)) for work in works]
        try:
            return [summary_of(outcome) for outcome in self.place(references, parallel, workers)]
        except UnifyWeaverError:
            raise
        except Exception as error:
            raise BackendError(f"{self.name}: {type(error).__name__}: {error}") from error
        finally:
            cancelled.touch()
            self.close()

    @abstractmethod
    def place(self, references: Sequence[Reference], parallel: Parallel, workers: int) -> Iterable[str]:
        """Have the cluster call :func:`~airflow_unifyweaver.backends.placed.run_shard` with each; yield its answers.

        :raises BackendError: when the cluster cannot be reached.
        """

    def close(self) -> None:
        """Let go of the cluster; may be called at any time."""


def summary_of(outcome: str) -> ShardSummary:
    """Return what came of a shard that was placed.

    :param outcome: what :func:`~airflow_unifyweaver.backends.placed.run_shard` returned.
    :raises UnifyWeaverError: the error that the shard ended in, as it was raised there.
    """
    facts: dict[str, Any] = json.loads(outcome)
    if "error" in facts:
        kind: type[UnifyWeaverError] = getattr(exceptions, facts["error"])
        raise kind(facts["message"])
    return ShardSummary(**facts)


def _written(work: ShardWork) -> Path:
    """Write down a shard's work for one slot, and return where."""
    path = work.spec.folder / "work.pickle"
    with atomic_file(path) as file:
        pickle.dump([path for path in sys.path if path], file)
        pickle.dump(replace(work, settings=replace(work.settings, workers=1)), file)
    return path
