"""Which backend works on a job: the one that is asked for, or by the size of the source; degrading when it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver import settings
from airflow_unifyweaver.exceptions import BackendError

if TYPE_CHECKING:
    from airflow_unifyweaver.backends.cluster import ClusterBackend
    from airflow_unifyweaver.backends.slot_backend import SlotBackend
    from airflow_unifyweaver.job.parallel import Parallel

    BackendClass = type[SlotBackend] | type[ClusterBackend]

_CLASSES = {
    "hadoop_streaming": "HadoopStreamingBackend",
    "spark": "SparkBackend",
    "dask": "DaskBackend",
    "gnu_parallel": "GnuParallelBackend",
    "bash_fork": "BashForkBackend",
    "sequential": "SequentialBackend",
}


class _Backends(Mapping[str, "BackendClass"]):
    """Imports the module of a backend, which has its name, when it is looked up: most runs need one of them."""

    def __getitem__(self, name: str) -> BackendClass:
        module = import_module(f"airflow_unifyweaver.backends.{name}")
        found: BackendClass = getattr(module, _CLASSES[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)


BACKENDS: Mapping[str, BackendClass] = _Backends()
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


def choose(parallel: Parallel, size: int, thresholds: Mapping[str, int] | None = None) -> Choice:
    """Choose a backend.

    :param parallel: what the job asks for.
    :param size: bytes in the source, which ``auto`` decides by.
    :param thresholds: what ``auto`` goes by; what :func:`~airflow_unifyweaver.settings.thresholds` says when None.
    :raises BackendError: when the backend is not usable here and ``strict`` forbids another one.
    """
    asked: str = parallel.backend
    if asked == "auto":
        asked = by_size(parallel, size, settings.thresholds() if thresholds is None else thresholds)
    chain = list(BACKENDS)[list(BACKENDS).index(asked) :]
    steps: list[Degradation] = []
    for candidate, successor in zip(chain, [*chain[1:], ""], strict=True):
        reason = BACKENDS[candidate].unusable(parallel)
        if reason is None and candidate != asked:
            reason = BACKENDS[candidate].unasked(parallel)
        if reason is None:
            break
        if parallel.strict:
            raise BackendError(f"parallel.backend: {candidate} is not usable here: {reason}; parallel.strict is set")
        steps.append(Degradation(candidate, successor, reason))
    return Choice(candidate, steps)


def by_size(parallel: Parallel, size: int, thresholds: Mapping[str, int]) -> str:
    """Return the backend that suits a source of so many bytes: a cluster only where one is given.

    :param parallel: what the job says of clusters.
    :param size: bytes in the source.
    :param thresholds: backends, each with the size below which it suits.
    """
    suited_from = {
        "hadoop_streaming": thresholds["spark"],
        "spark": thresholds["gnu_parallel"],
        "dask": thresholds["gnu_parallel"],  # which stands in for both
        "gnu_parallel": thresholds["sequential"],
        "bash_fork": thresholds["sequential"],
        "sequential": 0,
    }
    suited = (name for name in BACKENDS if suited_from[name] <= size)
    return next(name for name in suited if BACKENDS[name].unasked(parallel) is None)


def create(name: str) -> SlotBackend | ClusterBackend:
    """Return a backend that is not started yet."""
    return BACKENDS[name]()
