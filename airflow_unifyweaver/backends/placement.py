"""What stands in a shard's directory while it is placed on a cluster: its work on the way there, its outcome back."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from airflow_unifyweaver import exceptions
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import atomic_file
from airflow_unifyweaver.run.shard_work import ShardWork


@dataclass(frozen=True)
class Placement:
    """A shard's work, as its file holds it.

    :param work: the work, for one slot.
    :param cancelled: a file that is there when it shall stop.
    """

    work: ShardWork
    cancelled: Path


def write_placement(work: ShardWork, cancelled: Path) -> Path:
    """Write down a shard's work; return where, which is all that goes through a cluster's scheduler.

    :param cancelled: a file that is there when it shall stop.
    """
    _outcome_file(work).unlink(missing_ok=True)
    path = work.spec.folder / "work.pickle"
    alone = replace(work, settings=replace(work.settings, workers=1))
    with atomic_file(path) as file:
        pickle.dump([place for place in sys.path if place], file)
        pickle.dump(Placement(alone, cancelled), file)
    return path


def read_placement(path: Path) -> Placement:
    """Read a shard's work, with whose modules this process can import from then on."""
    with path.open("rb") as file:
        sys.path += [place for place in pickle.load(file) if place not in sys.path]  # noqa: S301 - the run's own
        placement: Placement = pickle.load(file)  # noqa: S301
    return placement


def write_outcome(work: ShardWork, outcome: ShardSummary | UnifyWeaverError) -> None:
    """Write down what came of a shard."""
    if isinstance(outcome, ShardSummary):
        facts: dict[str, Any] = asdict(outcome)
    else:
        facts = {"error": type(outcome).__name__, "message": str(outcome)}
    with atomic_file(_outcome_file(work)) as file:
        file.write(json.dumps(facts).encode())


def summaries(works: Sequence[ShardWork], backend: str, failure: Exception | None) -> list[ShardSummary]:
    """Return what came of shards.

    :param backend: name of the cluster's backend.
    :param failure: what the cluster says of all that it could not do.
    :raises UnifyWeaverError: the error that a shard ended in, as it was raised there.
    :raises BackendError: when nothing came of one.
    """
    outcomes = list(map(_read_outcome, works))
    for outcome in outcomes:  # these first: the others were stopped because of it
        if isinstance(outcome, UnifyWeaverError):
            raise outcome
    missing = [work.spec.shard for work, outcome in zip(works, outcomes, strict=True) if outcome is None]
    if missing:
        reason = f"{type(failure).__name__}: {failure}" if failure else "the cluster did not come to it"
        raise BackendError(f"{backend}: shard {missing[0]} is not finished: {reason}") from failure
    return [outcome for outcome in outcomes if isinstance(outcome, ShardSummary)]


def _read_outcome(work: ShardWork) -> ShardSummary | UnifyWeaverError | None:
    path = _outcome_file(work)
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_bytes())
    if "error" in facts:
        kind: type[UnifyWeaverError] = getattr(exceptions, facts["error"])
        return kind(facts["message"])
    return ShardSummary(**facts)


def _outcome_file(work: ShardWork) -> Path:
    return work.spec.folder / "outcome.json"
