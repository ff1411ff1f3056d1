"""The mapper of a streaming job: works on a shard for every line that it reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from airflow_unifyweaver.backends import placed
from airflow_unifyweaver.backends.placement import Placement


def main() -> None:
    """Work on the shards whose works' paths come by standard input.

    A container is a process of its own already, and killing its application is what cancels it. So this is what
    :func:`~airflow_unifyweaver.backends.placed.run_shard` starts elsewhere: one interpreter less for each shard.
    """
    for line in sys.stdin:
        reference = line.rstrip("\n")
        if not Placement(Path(reference)).is_over:
            placed.main(reference, os.getppid())
