"""Planned runs whose shards a cluster could place."""

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.runner import plan_run, shard_work

WORK = """
import os
import signal
import time
from pathlib import Path


def upper(batch):
    return [line.upper() for line in batch]


def pairs(batch):
    numbers = [int(line.split()[1]) for line in batch]
    return [(f"key {number % 23}" if number % 3 else number % 7, number / 10) for number in numbers]


def lines_as_keys(batch):
    return [(line, 1) for line in batch]


def one_key(batch):
    return [("key", line) for line in batch]


def fails(batch):
    raise ValueError("no")


def waits(batch):
    Path(__file__).with_name(f"at work {os.getpid()}").touch()
    time.sleep(60)


def kills_coordinator(batch):
    lines = list(batch)
    for number in range(int(Path(__file__).with_name("kills").read_text())):
        mark = Path(__file__).with_name(f"killed {number}")
        if lines == ["line 0"] and not mark.exists():
            mark.touch()
            nursery = os.getsid(os.getppid())
            status = Path(f"/proc/{nursery}/stat").read_text().rpartition(")")[2].split()
            os.kill(int(status[1]), signal.SIGKILL)
            time.sleep(60)
    return lines
"""


@pytest.fixture
def plan_shards(tmp_path):
    """Plans a run for three workers; takes the function in the job's work; returns the work on each shard."""

    def plan(function="upper", lines=6, **fields):
        (tmp_path / "work.py").write_text(WORK)
        (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(lines)))
        job = BatchJob.from_dict(
            {
                "name": "placed",
                "source": {"type": "text", "path": "lines.txt"},
                "batch": {"batch_size": 1},
                "work": {"python": f"work:{function}"},
                "retry": {"delay": 0.0, "max_attempts": 9},
                "parallel": {"backend": "dask", "workers": 3, "map_tasks": 1},
            }
            | fields,
            base_dir=tmp_path,
        )
        run = RunDirectory(tmp_path / "run")
        plan = plan_run(job, run)
        return [shard_work(job, run, plan, number) for number in plan.task_shards(0)]

    return plan
