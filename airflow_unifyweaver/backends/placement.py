"""What stands in the run's directory of a shard that is placed on a cluster: its work on the way, its outcome back.

All shards of a launch share a folder below ``cluster/``, in which a mark tells them to stop. Of a run with a URL, all
this stands there, and who works on a shard has a directory of the machine's own.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import socket
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from airflow_unifyweaver import exceptions, settings
from airflow_unifyweaver.backends import moved_pickle
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.run.lock import locked
from airflow_unifyweaver.run.shard_work import ShardWork

log = logging.getLogger(__name__)

PACKAGE = "airflow-unifyweaver"
_MARK = "cancelled"


@dataclass(frozen=True)
class Placement:
    """A shard on its way through a cluster.

    :param path: the file of its work.
    :param url: the URL of that, when the run has one: there is no such file here then.
    """

    path: Path
    url: str | None = None

    @classmethod
    def at(cls, reference: str) -> Placement:
        """Return the placement that a reference tells of."""
        file = Exchange.at(reference)
        return cls(file.path, file.url)

    @property
    def reference(self) -> str:
        """The path or URL of its work, which is all that goes through a cluster's scheduler."""
        return Exchange(self.path, self.url).address

    @property
    def shard(self) -> int:
        """The shard's number."""
        return int(self.path.stem)

    @property
    def directory(self) -> Path:
        """Where a run with a URL has its directory on the machine that works on the shard.

        It is not the one that a process has which waits there for the cluster: both write the same journals.
        """
        run, launch = self.path.parents[3], self.path.parent
        return settings.staging() / "placed" / launch.name / run.name

    def write_work(self, work: ShardWork) -> None:
        """Write down the work, for one slot."""
        alone = replace(work, settings=replace(work.settings, workers=1))
        pickled = pickle.dumps(alone) if self.url is None else moved_pickle.dumps(alone, work.run.path)
        places = [place for place in sys.path if place]
        self._exchange.write(self.path.name, pickle.dumps((_version(), places)) + pickled)

    def read_work(self) -> ShardWork:
        """Read the work, with whose modules this process can import from then on.

        :raises BackendError: when this machine has another version of this package, or the work is not there.
        """
        data = self._exchange.read(self.path.name)
        if data is None:
            raise BackendError(f"shard {self.shard}: there is no {self.reference} for {socket.gethostname()} to read")
        file = io.BytesIO(data)
        theirs, places = pickle.load(file)  # noqa: S301 - the run's own
        if theirs != _version():
            raise BackendError(
                f"the worker on {socket.gethostname()} has {PACKAGE} {_version()}, but the run was started by "
                f"{theirs}; install the same version there"
            )
        sys.path += [place for place in places if place not in sys.path]
        work: ShardWork = pickle.load(file) if self.url is None else moved_pickle.load(file, self.directory)  # noqa: S301
        return work

    def write_outcome(self, outcome: ShardSummary | UnifyWeaverError) -> None:
        """Write down what came of the shard; an error stops all others of the launch."""
        self._exchange.write(self._outcome_name, outcome_to_json(outcome))
        if isinstance(outcome, UnifyWeaverError):
            self.cancel()

    def outcome(self) -> ShardSummary | UnifyWeaverError | None:
        """Return what came of the shard, or None when nothing did yet."""
        return outcome_from_json(self._exchange.read(self._outcome_name))

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to do any more: something came of it, or it shall stop."""
        return self._exchange.exists(self._outcome_name) or self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether the shard shall stop."""
        return self._exchange.exists(_MARK)

    def cancel(self) -> None:
        """Tell all shards of the launch to stop."""
        cancel(self._exchange)

    @property
    def _exchange(self) -> Exchange:
        return Exchange(self.path, self.url).parent

    @property
    def _outcome_name(self) -> str:
        return self.path.with_suffix(".json").name


@contextmanager
def launched(works: Sequence[ShardWork]) -> Iterator[list[Placement]]:
    """Write down the work on shards; at the end, however it comes, whatever is left of it on the cluster stops.

    So does what an earlier launch left there that could not see to that itself, for it was killed.

    :raises HeldError: when another process of this machine has launched these shards and waits for them.
    """
    folder = new_folder(works[0].run, works[0].spec.shard)
    with alone(folder):
        yield write_works(works, folder)


def launches_of(run: RunDirectory, first: int) -> Exchange:
    """Return the folder of all launches for a mapped task instance.

    :param first: the first of its shards.
    """
    return Exchange(run.path, run.url).folder("cluster").folder(f"{first:04d}")


def new_folder(run: RunDirectory, first: int) -> Exchange:
    """Return the folder of a launch, which is not there yet.

    :param first: the first of the mapped task instance's shards.
    """
    return launches_of(run, first).folder(uuid.uuid4().hex)


def write_works(works: Sequence[ShardWork], folder: Exchange) -> list[Placement]:
    """Write the work on shards into the folder of their launch."""
    folder.path.mkdir(parents=True)
    placements = [_placement(folder, work.spec.shard) for work in works]
    for placement, work in zip(placements, works, strict=True):
        placement.write_work(work)
    return placements


def placements_in(folder: Exchange) -> list[Placement]:
    """Return where the work on shards stands in the folder of their launch."""
    names = sorted(name for name in folder.files() if name.endswith(".pickle"))
    return [_placement(folder, int(Path(name).stem)) for name in names]


def cancel(folder: Exchange) -> None:
    """Tell all shards of a launch to stop."""
    folder.write(_MARK, b"")


@contextmanager
def alone(folder: Exchange, patience: float = 0.0) -> Iterator[None]:
    """Let a launch be the only one of its shards.

    :param folder: the launch's.
    :param patience: seconds to wait for another one that was told to end.
    :raises HeldError: when another process of this machine has launched these shards and waits for them.
    """
    with locked(folder.parent.path / "lock", patience):
        for other in folder.parent.folders():
            if other != folder:
                cancel(other)
        try:
            yield
        finally:
            cancel(folder)


def _placement(folder: Exchange, shard: int) -> Placement:
    file = folder.folder(f"{shard:04d}.pickle")
    return Placement(file.path, file.url)


def outcome_to_json(outcome: ShardSummary | UnifyWeaverError) -> bytes:
    """Return what came of shards, a summary or an error, as JSON."""
    if isinstance(outcome, ShardSummary):
        facts: dict[str, Any] = asdict(outcome)
    else:
        facts = {"error": _public_kind(outcome), "message": str(outcome)}
    return json.dumps(facts).encode()


def outcome_from_json(text: bytes | None) -> ShardSummary | UnifyWeaverError | None:
    """Return what came of shards from its JSON, or None when there is none yet."""
    if text is None:
        return None
    facts: dict[str, Any] = json.loads(text)
    if "error" in facts:
        kind: type[UnifyWeaverError] = getattr(exceptions, facts["error"])
        return kind(facts["message"])
    return ShardSummary(**facts)


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
    if failure:
        log.warning("%s: all shards are finished, but thereafter: %s: %s", backend, type(failure).__name__, failure)
    return [outcome for outcome in outcomes if isinstance(outcome, ShardSummary)]


def _unfinished(shard: int, backend: str, failure: BaseException | None) -> UnifyWeaverError:
    if isinstance(failure, UnifyWeaverError):
        return failure
    reason = f"{type(failure).__name__}: {failure}" if failure else "the cluster did not come to it"
    return BackendError(f"{backend}: shard {shard} is not finished: {reason}")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "as source"


def _public_kind(error: UnifyWeaverError) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == exceptions.__name__)
