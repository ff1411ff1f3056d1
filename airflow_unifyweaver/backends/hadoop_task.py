"""What a streaming job runs in its containers: mappers that work on shards, and reducers of what these committed."""

from __future__ import annotations

import os
import sys
import time
from itertools import groupby
from operator import itemgetter
from typing import IO, NamedTuple, Self

from airflow_unifyweaver.backends import placed
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.backends.reduction import Reduction

WAIT_SECONDS = 0.2
"""How often a mapper looks whether shards are over that others work on."""
_LABELS = 48
"""The byte that stands for the first part: Hadoop's partitioner gives parts to reducers by the value of this byte."""
_NEWLINE, _STAND_IN = b"\n", b"\x1e"
"""A record of Hadoop's is a line; JSON text has none of the other byte."""


class Mapper(NamedTuple):
    """A mapper of a job: what stands in the line that it reads.

    :param number: which of them it is.
    :param mappers: how many there are.
    :param parts: in how many parts results are reduced, or 0.
    :param references: the shards of the launch.
    """

    number: int
    mappers: int
    parts: int
    references: tuple[str, ...]

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a mapper's line."""
        number, mappers, parts, references = line.rstrip("\n").split(" ", 3)
        return cls(int(number), int(mappers), int(parts), tuple(references.split("\t")))

    def to_line(self) -> str:
        """Return the line that a mapper is made of."""
        numbers = self.number, self.mappers, self.parts
        return " ".join([*map(str, numbers), "\t".join(self.references)]) + "\n"

    def work(self) -> bool:
        """Work on shards until this mapper's own are over, and all when results are reduced thereafter.

        A mapper costs a container, so there are no more of them than can run. Each begins with shards of its own,
        takes others that nobody works on, and in the end waits for its own wherever they are: should a container
        be lost, what takes its place finds all that is left. Where the run has a URL, it keeps to its own, for no lock
        on a shard is seen elsewhere.

        :return: whether there is something to reduce.
        """
        shards = [Placement.at(reference) for reference in self.references]
        own = shards[self.number :: self.mappers]
        if shards[0].url is not None:
            for shard in own:
                if not shard.is_over:
                    placed.main(shard.reference, os.getppid())
            return False
        wanted = shards if self.parts else own
        while not all(shard.is_over for shard in wanted):
            tried = [placed.attempt(shard) for shard in (*own, *shards) if not shard.is_over]
            if not any(tried):
                time.sleep(WAIT_SECONDS)
        return self.parts > 0 and not shards[0].is_cancelled

    def emit(self, output: IO[bytes]) -> None:
        """Write what is committed of this mapper's share of all shards of the run, as records for the reducers."""
        reduction = Reduction.of_launch(self.references[0], self.parts)
        bounds = reduction.bounds()
        for shard in range(reduction.shards)[self.number :: self.mappers]:
            for chunk in reduction.split(shard, bounds):
                label = bytes([_LABELS + chunk.part])
                data = chunk.data.replace(_NEWLINE, _STAND_IN)
                output.write(b"%b\t%08d\t%08d\t%b\n" % (label, chunk.shard, chunk.number, data))


def main() -> None:
    """Be a mapper, or with arguments a reducer of a launch in so many parts."""
    if sys.argv[1:]:
        first, parts = sys.argv[1:]
        _reduce(Reduction.of_launch(first, int(parts)), sys.stdin.buffer)
    else:
        _map(sys.stdin)


def _map(lines: IO[str]) -> None:
    """Work on shards in this very process, for a container is one already, and its application is what is killed."""
    records = os.fdopen(os.dup(1), "wb")
    placed.set_apart(os.getppid())
    for line in lines:
        mapper = Mapper.from_line(line)
        if mapper.work():
            mapper.emit(records)
    records.close()


def _reduce(reduction: Reduction, records: IO[bytes]) -> None:
    for label, chunks in groupby((record.split(b"\t", 3) for record in records), itemgetter(0)):
        reduction.write(label[0] - _LABELS, (data.replace(_STAND_IN, _NEWLINE)[:-1] for *_, data in chunks))
