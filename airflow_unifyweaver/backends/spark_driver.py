"""The driver of a Spark application: one task for each shard. This is what spark-submit runs."""

from __future__ import annotations

import os
import sys

from airflow_unifyweaver.backends.archive import PACKAGE
from airflow_unifyweaver.backends.placed import run_shard

SCRIPT = f"from {__name__} import main\n\nmain()\n"
"""Starts it. This file cannot be what spark-submit runs: Python would then import from its folder first."""


def main() -> None:
    """Place the shards whose works stand in the files that the command line names."""
    from pyspark import SparkContext

    references = sys.argv[1:]
    with SparkContext() as context:
        context.parallelize(references, len(references)).foreach(_run_shard)


def _run_shard(reference: str) -> None:
    """Work on a shard, in a process that finds this package where this one does: in the archive, as it came here."""
    place = str(PACKAGE.parent)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if known[0] != place:
        os.environ["PYTHONPATH"] = os.pathsep.join([place, *known])
    run_shard(reference)
