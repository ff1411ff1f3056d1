"""Kill a Dask worker in mid-run, or ask it to go: its shards go on elsewhere; stop a run: nothing is left there."""

import json
import os
import signal
import subprocess
import sys

import pytest
from placed_shards import commits, placed_shards, wait_until

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState

BATCHES = 60
WORK = """
import time

def upper(batch):
    time.sleep(0.05)
    return [line.upper() for line in batch]
"""


@pytest.fixture
def start(tmp_path, dask_cluster):
    """Starts a run of a job on the cluster, or resumes it."""
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(BATCHES)))
    (tmp_path / "work.py").write_text(WORK)
    job = {
        "name": "faults",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"python": "work:upper"},
        "retry": {"max_attempts": 1},  # that a worker is lost is no attempt of the batch's
        "parallel": {"backend": "dask", "workers": 2, "strict": True, "dask": {"address": dask_cluster.address}},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))

    def run(*arguments):
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return run


def check(run, process):
    """The result is that of an undisturbed run, and every batch is committed once."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert output.splitlines() == [f'"LINE {number}"' for number in range(BATCHES)]
    plan = Plan.require(run)
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    assert sorted(index for state in states for index in state.commits) == list(range(BATCHES))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lost_worker_is_made_up_for_by_another(number, start, dask_cluster, tmp_path, count_kills):
    run = RunDirectory(tmp_path / "run")
    process = start("run", tmp_path / "job.json", "--run-dir", run.path)
    wait_until(lambda: commits(run.path) >= 10)
    os.kill(dask_cluster.daemons["worker0"].pid, number)
    check(run, process)
    begun = list(run_events(run, Plan.require(run), {EventType.BATCH_STARTED}))
    count_kills("dask", len(begun) - BATCHES, worker=1)


def test_an_interrupted_run_leaves_nothing_on_the_cluster(start, tmp_path):
    run = RunDirectory(tmp_path / "run")
    process = start("run", tmp_path / "job.json", "--run-dir", run.path)
    wait_until(lambda: commits(run.path) >= 4)
    process.send_signal(signal.SIGINT)
    wait_until(lambda: not placed_shards(tmp_path), seconds=10)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert commits(run.path) < BATCHES
    check(run, start("resume", run.path))


def test_a_resume_takes_over_what_a_killed_run_left_on_the_cluster(start, tmp_path, count_kills):
    run = RunDirectory(tmp_path / "run")
    process = start("run", tmp_path / "job.json", "--run-dir", run.path)
    wait_until(lambda: commits(run.path) >= 4)
    process.kill()
    process.communicate()
    left = placed_shards(tmp_path)
    assert left
    check(run, start("resume", run.path))
    assert not placed_shards(tmp_path)
    begun = list(run_events(run, Plan.require(run), {EventType.BATCH_STARTED}))
    count_kills("dask", len(begun) - BATCHES, run=1)
