"""The mapper of a streaming job: works on a shard for every line that it reads."""

from __future__ import annotations

import sys

from airflow_unifyweaver.backends import placed


def main() -> None:
    """Work on the shards whose works' paths come by standard input.

    A container is a process of its own already, and killing its application is what cancels it. So this is what
    :func:`~airflow_unifyweaver.backends.placed.run_shard` starts elsewhere: one interpreter less for each shard.
    """
    placed.end_with_parent()
    for line in sys.stdin:
        placed.main(line.rstrip("\n"))
