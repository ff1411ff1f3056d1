"""Plan a job as Airflow's split task does, and open a shard as a map task does; print what the latter took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from airflow_unifyweaver import runner
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan, read_batches


def main(file: str, folder: str) -> None:
    """Print how many batches there are, and the milliseconds until a shard's first batch is known.

    :param file: the job.
    :param folder: for the run.
    """
    job, run = BatchJob.from_file(file), RunDirectory(Path(folder))
    batches = runner.plan_run(job, run).batches
    started = time.perf_counter()
    plan = Plan.require(run)
    work = runner.shard_work(job, run, plan, len(plan.shards) // 2)
    next(read_batches(run, work.shard))
    print(json.dumps({"batches": batches, "open_ms": (time.perf_counter() - started) * 1000}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
