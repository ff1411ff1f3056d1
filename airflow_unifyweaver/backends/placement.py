"""What stands in the run's directory of a shard that is placed on a cluster: its work on the way, its outcome back.

All shards of a launch share a folder below ``cluster/``, in which a mark tells them to stop.
"""

from __future__ import annotations

import json
import pickle
import socket
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from airflow_unifyweaver import exceptions
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import atomic_file
from airflow_unifyweaver.run.lock import locked
from airflow_unifyweaver.run.shard_work import ShardWork

PACKAGE = "airflow-unifyweaver"
_MARK = "cancelled"


@dataclass(frozen=True)
class Placement:
    """A shard on its way through a cluster.

    :param path: the file of its work, which is all that goes through a cluster's scheduler.
    """

    path: Path

    @property
    def shard(self) -> int:
        """The shard's number."""
        return int(self.path.stem)

    def write_work(self, work: ShardWork) -> None:
        """Write down the work, for one slot."""
        alone = replace(work, settings=replace(work.settings, workers=1))
        with atomic_file(self.path) as file:
            pickle.dump((_version(), [place for place in sys.path if place]), file)
            pickle.dump(alone, file)

    def read_work(self) -> ShardWork:
        """Read the work, with whose modules this process can import from then on.

        :raises BackendError: when this machine has another version of this package.
        """
        with self.path.open("rb") as file:
            theirs, places = pickle.load(file)  # noqa: S301 - the run's own
            if theirs != _version():
                raise BackendError(
                    f"the worker on {socket.gethostname()} has {PACKAGE} {_version()}, but the run was started by "
                    f"{theirs}; install the same version there"
                )
            sys.path += [place for place in places if place not in sys.path]
            work: ShardWork = pickle.load(file)  # noqa: S301
        return work

    def write_outcome(self, outcome: ShardSummary | UnifyWeaverError) -> None:
        """Write down what came of the shard; an error stops all others of the launch."""
        if isinstance(outcome, ShardSummary):
            facts: dict[str, Any] = asdict(outcome)
        else:
            facts = {"error": _public_kind(outcome), "message": str(outcome)}
        with atomic_file(self._outcome_file) as file:
            file.write(json.dumps(facts).encode())
        if "error" in facts:
            cancel(self.path.parent)

    def outcome(self) -> ShardSummary | UnifyWeaverError | None:
        """Return what came of the shard, or None when nothing did yet."""
        if not self._outcome_file.exists():
            return None
        facts: dict[str, Any] = json.loads(self._outcome_file.read_bytes())
        if "error" in facts:
            kind: type[UnifyWeaverError] = getattr(exceptions, facts["error"])
            return kind(facts["message"])
        return ShardSummary(**facts)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to do any more: something came of it, or it shall stop."""
        return self._outcome_file.exists() or self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether the shard shall stop."""
        return (self.path.parent / _MARK).exists()

    @property
    def _outcome_file(self) -> Path:
        return self.path.with_suffix(".json")


@contextmanager
def launched(works: Sequence[ShardWork]) -> Iterator[list[Placement]]:
    """Write down the work on shards; at the end, however it comes, whatever is left of it on the cluster stops.

    So does what an earlier launch left there that could not see to that itself, for it was killed.

    :raises HeldError: when another process has launched these shards and waits for them.
    """
    home = works[0].run.path / "cluster" / f"{works[0].spec.shard:04d}"
    with locked(home / "lock"):
        for earlier in home.glob("*/"):
            cancel(earlier)
        folder = home / uuid.uuid4().hex
        try:
            placements = [Placement(folder / f"{work.spec.shard:04d}.pickle") for work in works]
            for placement, work in zip(placements, works, strict=True):
                placement.write_work(work)
            yield placements
        finally:
            cancel(folder)


def cancel(folder: Path) -> None:
    """Tell the shards of a launch to stop."""
    folder.mkdir(exist_ok=True)
    (folder / _MARK).touch()


def summaries(placements: Sequence[Placement], backend: str, failure: BaseException | None) -> list[ShardSummary]:
    """Return what came of shards.

    :param backend: name of the cluster's backend.
    :param failure: what the cluster says of all that it could not do.
    :raises UnifyWeaverError: the error that a shard ended in, as it was raised there.
    :raises BackendError: when nothing came of one.
    """
    outcomes = [placement.outcome() for placement in placements]
    for outcome in outcomes:  # these first: the others were stopped because of it
        if isinstance(outcome, UnifyWeaverError):
            raise outcome
    missing = [placement.shard for placement, outcome in zip(placements, outcomes, strict=True) if outcome is None]
    if missing:
        raise _unfinished(missing[0], backend, failure) from failure
    return [outcome for outcome in outcomes if isinstance(outcome, ShardSummary)]


def _unfinished(shard: int, backend: str, failure: BaseException | None) -> UnifyWeaverError:
    if isinstance(failure, UnifyWeaverError):
        return failure
    reason = f"{type(failure).__name__}: {failure}" if failure else "the cluster did not come to it"
    return BackendError(f"{backend}: shard {shard} is not finished: {reason}")


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "as source"


def _public_kind(error: UnifyWeaverError) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == exceptions.__name__)
