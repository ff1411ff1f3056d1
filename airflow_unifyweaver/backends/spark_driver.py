"""The driver of a Spark application: one task for each shard. This is what spark-submit runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.backends.archive import PACKAGE
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.backends.reduction import Reduction
from airflow_unifyweaver.run.directory import atomic_file

if TYPE_CHECKING:
    from pyspark import SparkContext

SCRIPT = f"from {__name__} import main\n\nmain()\n"
"""Starts it. This file cannot be what spark-submit runs: Python would then import from its folder first."""


APPLICATION = "application"
"""Name of the file beside the application's log that gets its id."""


def main() -> None:
    """Place the shards whose works stand in the files that the command line names.

    Before these come in how many parts what they have committed is reduced thereafter, which is 0 when it is not, and
    from how many bytes on.
    """
    from pyspark import SparkContext

    parts, least = map(int, sys.argv[1:3])
    references = sys.argv[3:]
    with SparkContext() as context:
        with atomic_file(Placement.at(references[0]).path.parent / "spark" / APPLICATION) as file:
            file.write(context.applicationId.encode())
        context.parallelize(references, len(references)).foreach(_run_shard)
        if parts and not Placement.at(references[0]).is_cancelled:
            _reduce(context, references[0], parts, least)


def _run_shard(reference: str) -> None:
    """Work on a shard, in a process that finds this package where this one does: in the archive, as it came here."""
    place = str(PACKAGE.parent)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if known[0] != place:
        os.environ["PYTHONPATH"] = os.pathsep.join([place, *known])
    run_shard(reference)


def _reduce(context: SparkContext, first: str, parts: int, least: int) -> None:
    reduction = Reduction.of_launch(first, parts)
    if reduction.size() < least:
        return
    bounds = reduction.bounds()

    def split(shard: int) -> Iterator[tuple[tuple[int, int, int], bytes]]:
        for chunk in Reduction.of_launch(first, parts).split(shard, bounds):
            yield chunk[:3], chunk.data

    def write(part: int, chunks: Iterable[tuple[Any, bytes]]) -> Iterable[None]:
        Reduction.of_launch(first, parts).write(part, (data for _, data in chunks))
        return ()

    shards = context.parallelize(range(reduction.shards), reduction.shards)
    ordered = shards.flatMap(split).repartitionAndSortWithinPartitions(len(bounds) + 1, itemgetter(0))
    ordered.mapPartitionsWithIndex(write).count()
