"""The plan: the batches of a run, written as they are found and addressable by shard."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice, pairwise
from typing import Any

from airflow_unifyweaver import words
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory, atomic_file, batch_id
from airflow_unifyweaver.settings import BATCHES_PER_MAP_TASK, MAX_MAP_TASKS
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan

_encode = json.JSONEncoder(separators=(",", ":")).encode
_RECIPE_KEY = b'","recipe":'
_RANGE = {"file", "start", "stop"}


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to make, and each batch makes several
class PlannedBatch:
    """One batch of a plan: its number in the run, its recipe as JSON text, and how many pieces of the plan it is."""

    index: int
    recipe: bytes
    pieces: int = 1


@dataclass(frozen=True)
class Shard:
    """A run of batches, and the place of their lines in the plan's file of batches (bytes)."""

    first: int
    count: int
    offset: int
    length: int


@dataclass(frozen=True)
class Plan:
    """What a plan is about; its batches stay in their file.

    :param run_id: the run, as its events call it.
    :param job_digest: digest of all that decides the result on the job's side, its work's code included.
    :param source_digest: digest of the source's manifest: the version of the input.
    :param batches: how many batches there are.
    :param size: bytes in the source.
    :param backend: the backend that works on them.
    :param notices: why it is not the one that was asked for: payloads of ``backend_degraded``.
    :param shards: how they are divided.
    :param tasks: the first shard of each mapped task instance: one handles one shard, or as many as a cluster places.
    :param adaptive: whether the batches of the plan are only pieces, which the batches of the run are made of.
    :param unit: bytes, on average, in each of what recipes count in.
    """

    run_id: str
    job_digest: str
    source_digest: str
    batches: int
    size: int
    backend: str
    notices: list[dict[str, Any]]
    shards: list[Shard] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    adaptive: bool = False
    unit: float = 1.0

    def counted(self, number: int) -> str:
        """Return a number of what the plan consists of: ``5 batches``, or ``5 pieces``."""
        return words.pieces(number) if self.adaptive else words.batches(number)

    @classmethod
    def load(cls, run: RunDirectory) -> Plan | None:
        """Read the plan of a run, or return None when the run has none."""
        if not run.plan_file.exists():
            return None
        fields = json.loads(run.plan_file.read_bytes())
        fields["shards"] = [Shard(**shard) for shard in fields["shards"]]
        return cls(**fields)

    @classmethod
    def require(cls, run: RunDirectory) -> Plan:
        """Read the plan of a run that must have one.

        :raises RunError: when it has none.
        """
        plan = cls.load(run)
        if plan is None:
            raise RunError(f"{run.place}: there is no plan here; is this a run directory, and did planning finish?")
        return plan

    def task_shards(self, first: int) -> range:
        """Return the shards of the mapped task instance whose first shard is given."""
        return range(first, next((start for start in self.tasks if start > first), len(self.shards)))

    def write(self, run: RunDirectory) -> None:
        """Write the plan of a run, which marks it as planned."""
        with atomic_file(run.plan_file) as file:
            file.write(json.dumps(asdict(self), indent=1).encode())

    def on_backend(self, run: RunDirectory, backend: str, notices: list[dict[str, Any]]) -> Plan:
        """Return the plan with what is left to be done on another backend, and write it if that is a change."""
        moved = replace(self, backend=backend, notices=notices)
        if moved != self:
            moved.write(run)
        return moved


def digest(value: object) -> str:
    """Return the digest of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def write_plan(  # noqa: PLR0913 - each is one fact of the plan
    run: RunDirectory,
    source: SourcePlan,
    starts: Sequence[int],
    *,
    run_id: str,
    job_digest: str,
    backend: str,
    notices: list[dict[str, Any]],
    tasks: int,
    shards_per_task: int = 1,
    adaptive: bool = False,
) -> Plan:
    """Write a run's manifest and plan, the last one as the mark that all is there.

    :param run: the run's directory, without a plan.
    :param source: the planned source.
    :param starts: what :func:`write_batches` returned.
    :param run_id: the run, as its events shall call it.
    :param job_digest: digest of the job and its work.
    :param backend: the chosen backend.
    :param notices: why it was chosen instead of another.
    :param tasks: how many mapped task instances there shall be at most, or 0 to decide by the number of batches.
    :param shards_per_task: how many shards each shall have at most.
    :param adaptive: whether the batches of the plan are only pieces.
    """
    with atomic_file(run.source_file) as file:
        file.write(json.dumps(source.manifest).encode())
    tasks = tasks or automatic_tasks(len(starts) - 1)
    shards = divide(starts, tasks * shards_per_task)
    plan = Plan(
        run_id=run_id,
        job_digest=job_digest,
        source_digest=digest(source.manifest),
        batches=len(starts) - 1,
        size=source.size,
        backend=backend,
        notices=notices,
        shards=shards,
        tasks=list(range(0, len(shards), shards_per_task)),
        adaptive=adaptive,
        unit=source.unit,
    )
    plan.write(run)
    return plan


def write_batches(run: RunDirectory, source: SourcePlan) -> Sequence[int]:
    """Write the batches as they come, and return where each begins in the file and where the last one ends.

    :param run: the run's directory, without a plan.
    :param source: the planned source.
    :raises SourceError: when the source turns out to be malformed.
    """
    starts = array("Q", [0])
    end = 0
    with atomic_file(run.batches_file) as file:
        for index, recipe in enumerate(source.recipes):
            line = f'{{"batch_id":"{batch_id(index)}","recipe":{_recipe_text(recipe)}}}\n'
            end += file.write(line.encode())
            starts.append(end)
    return starts


def _recipe_text(recipe: Recipe) -> str:
    """Return a recipe as JSON; of a range, as there may be millions, without the encoder, which is most of the cost."""
    if recipe.keys() == _RANGE:
        return f'{{"file":{recipe["file"]:d},"start":{recipe["start"]:d},"stop":{recipe["stop"]:d}}}'
    return _encode(recipe)


def automatic_tasks(batches: int) -> int:
    """Return how many shards a number of batches makes when the job leaves it open."""
    return min(MAX_MAP_TASKS, -(-batches // BATCHES_PER_MAP_TASK))


def divide(starts: Sequence[int], tasks: int) -> list[Shard]:
    """Divide batches into shards of nearly equal numbers, always at least one, and none empty if there is a batch.

    :param starts: where each batch begins in the file of batches, and where the last one ends.
    :param tasks: how many shards to make at most.
    """
    batches = len(starts) - 1
    tasks = max(1, min(tasks, batches))
    borders = [batches * number // tasks for number in range(tasks + 1)]
    return [
        Shard(first, stop - first, starts[first], starts[stop] - starts[first]) for first, stop in pairwise(borders)
    ]


def read_batches(run: RunDirectory, shard: Shard) -> Iterator[PlannedBatch]:
    """Yield the batches of a shard, reading their part of the plan only.

    :raises RunError: when the plan ends before they do.
    """
    with run.batches_file.open("rb") as file:
        file.seek(shard.offset)
        indexes = range(shard.first, shard.first + shard.count)
        try:
            for index, line in zip(indexes, islice(file, shard.count), strict=True):
                yield PlannedBatch(index, line[line.index(_RECIPE_KEY) + len(_RECIPE_KEY) : -2])
        except ValueError:
            raise RunError(
                f"{run.batches_file}: damaged, a batch is missing or cut short; start a fresh run in another directory"
            ) from None


def read_manifest(run: RunDirectory) -> Manifest:
    """Read the manifest of a run's source."""
    manifest: Manifest = json.loads(run.source_file.read_bytes())
    return manifest
