"""Which backend works on a job: the one that is asked for, or by the size of the source; degrading when it must."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver import settings
from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.dask import DaskBackend
from airflow_unifyweaver.backends.gnu_parallel import GnuParallelBackend
from airflow_unifyweaver.backends.hadoop_streaming import HadoopStreamingBackend
from airflow_unifyweaver.backends.sequential import SequentialBackend
from airflow_unifyweaver.backends.slot_backend import SlotBackend
from airflow_unifyweaver.backends.spark import SparkBackend
from airflow_unifyweaver.exceptions import BackendError

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

BACKENDS: dict[str, type[SlotBackend] | type[ClusterBackend]] = {
    backend.name: backend
    for backend in (
        HadoopStreamingBackend,
        SparkBackend,
        DaskBackend,
        GnuParallelBackend,
        BashForkBackend,
        SequentialBackend,
    )
}
"""All backends, in the order of degradation: each is followed by those that may take its place."""


@dataclass(frozen=True)
class Degradation:
    """A step from a backend that is not usable to the next one; the payload of ``backend_degraded``."""

    requested: str
    chosen: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """The chosen backend, and the steps that led from the one that was asked for to it."""

    name: str
    steps: list[Degradation]

    @property
    def notices(self) -> list[dict[str, Any]]:
        """The steps as payloads of events."""
        return [asdict(step) for step in self.steps]


def choose(parallel: Parallel, size: int) -> Choice:
    """Choose a backend.

    :param parallel: what the job asks for.
    :param size: bytes in the source, which ``auto`` decides by.
    :raises BackendError: when the backend is not usable here and ``strict`` forbids another one.
    """
    name = by_size(size) if parallel.backend == "auto" else parallel.backend
    chain = list(BACKENDS)[list(BACKENDS).index(name) :]
    steps: list[Degradation] = []
    for candidate, successor in zip(chain, [*chain[1:], ""], strict=True):
        reason = BACKENDS[candidate].unusable(parallel)
        if reason is None:
            break
        if parallel.strict:
            raise BackendError(f"parallel.backend: {candidate} is not usable here: {reason}; parallel.strict is set")
        steps.append(Degradation(candidate, successor, reason))
    return Choice(candidate, steps)


def by_size(size: int) -> str:
    """Return the backend that suits a source of so many bytes."""
    return SequentialBackend.name if size < settings.SEQUENTIAL_BELOW_BYTES else GnuParallelBackend.name


def create(name: str) -> SlotBackend | ClusterBackend:
    """Return a backend that is not started yet."""
    return BACKENDS[name]()
