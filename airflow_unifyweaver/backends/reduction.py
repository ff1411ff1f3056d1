"""Reduction by key in a cluster's engine: what goes through its shuffle, and what its reducers do.

A mapper reads what is committed of a shard, combines it, and gives chunks of it to the shuffle, which brings those of
each part together in the order of the batches. A part is a range of keys, so that the parts in a row are the result.
All of it is made of what is committed, so an engine may do any of it again.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from airflow_unifyweaver import chunks
from airflow_unifyweaver.aggregation.base import KeyedAggregation
from airflow_unifyweaver.aggregation.order import sort_key
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory, ShardDirectory, atomic_file
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.reduced import Reduced, forget
from airflow_unifyweaver.run.segment import Commit, SegmentReader
from airflow_unifyweaver.run.state import ShardState

CHUNK_BYTES = 2**18
"""About how many bytes go through a shuffle as one record."""
MAX_PARTS = 64
"""Most parts that a result is reduced in."""
_SAMPLED_COMMITS = 4
_SAMPLES_PER_COMMIT = 16
_SAMPLE_BYTES = 4096


def reduction_of(first: Placement, reducers: int | Literal["auto"], workers: int) -> Reduction | None:
    """Return the reduction that a launch may end with in the engine, or None when results are merged by publishing.

    What was reduced before is forgotten.

    :param first: the first shard of the launch.
    :param reducers: how many reducers there shall be; as many as workers when that is left open.
    """
    if first.url is not None:  # workers do not see what the others have committed
        return None
    work = first.read_work()
    forget(work.run)
    one_task = len(Plan.require(work.run).tasks) == 1  # of several mapped task instances, none has all shards
    if not reducers or not one_task or not isinstance(work.spec.aggregation, KeyedAggregation):
        return None
    parts = workers if reducers == "auto" else reducers
    return Reduction.of_launch(first.reference, min(parts, MAX_PARTS))


class Chunk(NamedTuple):
    """Some lines of a part: which they are comes first, so that chunks are sorted by it.

    :param part: the part.
    :param shard: the shard that they come from.
    :param number: number of the chunk among those.
    :param data: the lines, a payload.
    """

    part: int
    shard: int
    number: int
    data: bytes


@dataclass(frozen=True)
class Reduction:
    """A reduction of all that is committed in a run, whose shards are finished.

    :param run: the run.
    :param shards: how many shards it has.
    :param aggregation: reduces the values of each key.
    :param parts: in how many parts, if there are keys enough.
    :param launch: name of the launch, and of the folder of its parts.
    """

    run: RunDirectory
    shards: int
    aggregation: KeyedAggregation
    parts: int
    launch: str

    @classmethod
    def of_launch(cls, first: str, parts: int) -> Reduction:
        """Return the reduction of what a launch works on.

        :param first: reference to the first of its shards.
        """
        placement = Placement.at(first)
        work = placement.read_work()
        aggregation = work.spec.aggregation
        if not isinstance(aggregation, KeyedAggregation):
            raise TypeError(f"{type(aggregation).__name__} is not by key")
        return cls(work.run, len(Plan.require(work.run).shards), aggregation, parts, placement.path.parent.name)

    @property
    def folder(self) -> Path:
        """The folder of its parts."""
        return self.run.reduced / self.launch

    def size(self) -> int:
        """Return how many bytes are committed."""
        return sum(commit.length for shard in range(self.shards) for commit in _commits(self.run.shard(shard)))

    def bounds(self) -> list[Any]:
        """Return the sort keys at which all parts but the first begin: the same wherever they are asked for."""
        sample = sorted(key for shard in range(self.shards) for key in self._sample(shard))
        return sorted({sample[len(sample) * part // self.parts] for part in range(1, self.parts)} - {*sample[:1]})

    def split(self, shard: int, bounds: Sequence[Any]) -> Iterator[Chunk]:
        """Yield what is committed of a shard, combined and cut at the bounds.

        :param bounds: what :meth:`bounds` returns.
        :raises RunError: when the results are damaged.
        """
        part = number = 0
        for chunk in chunks.of_size(self.aggregation.combine_payloads(self._payloads(shard)), CHUNK_BYTES, len):
            while part < len(bounds) and _order(chunk[-1]) >= bounds[part]:
                end = bisect_left(chunk, bounds[part], key=_order)
                if end:
                    yield Chunk(part, shard, number, b"".join(chunk[:end]))
                del chunk[:end]
                part, number = part + 1, number + 1
            yield Chunk(part, shard, number, b"".join(chunk))
            number += 1

    def write(self, part: int, payloads: Iterable[bytes]) -> None:
        """Reduce the chunks of a part, given in their order, and put the part in place."""
        with atomic_file(self._file(part)) as file:
            file.writelines(self.aggregation.merge(payloads))

    def complete(self) -> None:
        """Tell the publishing step of the parts.

        :raises RunError: when one is missing.
        """
        files = [self._file(part) for part in range(len(self.bounds()) + 1)]
        missing = [file for file in files if not file.exists()]
        if missing:
            raise RunError(f"{missing[0]}: the engine did not reduce this part")
        Reduced.of(self.run, self.shards, files).write(self.run)

    def _file(self, part: int) -> Path:
        return self.folder / f"part_{part:05d}.jsonl"

    def _payloads(self, shard: int) -> Iterator[bytes]:
        directory = self.run.shard(shard)
        commits = _commits(directory)
        with closing(SegmentReader(directory.segments)) as reader:
            for commit in commits:
                data = reader.read(commit)
                if data is None:
                    raise RunError(f"{directory.segments}: results of shard {shard} are damaged")
                yield data

    def _sample(self, shard: int) -> Iterator[Any]:
        """Yield the sort keys of some lines, from all over the shard's batches and the lines of each."""
        directory = self.run.shard(shard)
        commits = [commit for commit in _commits(directory) if commit.length]
        for commit in commits[:: max(1, len(commits) // _SAMPLED_COMMITS)]:
            yield from map(_order, _some_lines(directory, commit))


def _commits(directory: ShardDirectory) -> list[Commit]:
    commits = ShardState.load(directory.journal).commits
    return [commits[index] for index in sorted(commits)]


def _some_lines(directory: ShardDirectory, commit: Commit) -> Iterator[bytes]:
    step = max(_SAMPLE_BYTES, commit.length // _SAMPLES_PER_COMMIT)
    with (directory.segments / commit.segment).open("rb", buffering=0) as segment:
        for offset in range(0, commit.length, step):
            size = min(_SAMPLE_BYTES, commit.length - offset)
            lines = os.pread(segment.fileno(), size, commit.offset + offset).split(b"\n")
            yield from lines[bool(offset) : -1]


def _order(line: bytes) -> Any:
    return sort_key(line.partition(b"\t")[0])
