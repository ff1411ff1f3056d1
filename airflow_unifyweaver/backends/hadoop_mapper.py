"""The mapper of a streaming job: works on a shard for every line that it reads."""

from __future__ import annotations

import os
import sys

from airflow_unifyweaver.backends.package_archive import PACKAGE
from airflow_unifyweaver.backends.placed import end_with_parent, run_shard


def main() -> None:
    """Work on the shards whose works' paths come by standard input; what is printed would be the job's output."""
    end_with_parent()
    shipped = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE.parent), *shipped]))
    for line in sys.stdin:
        run_shard(line.rstrip("\n"))
