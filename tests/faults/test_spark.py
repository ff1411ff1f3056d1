"""Executors and a worker of Spark are lost in mid-run, also on YARN: the result is that of an undisturbed run."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from placed_shards import commits, wait_until

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

BATCHES = 120
LINES = [f"line {number}" for number in range(BATCHES * 100)]
HERE = Path(__file__).parent
JOB = """
name: kills
source: {type: text, path: lines.txt}
batch: {batch_size: 100}
work: {python: 'work:upper_each'}
retry: {max_attempts: 1}
parallel: {backend: spark, strict: true, workers: 2, spark: {master: '%s'}}
"""


@pytest.fixture
def disturbed(tmp_path):
    """Runs a job, and does what it is told when so many batches are committed; returns how many were begun again."""
    (tmp_path / "lines.txt").write_text("".join(f"{line}\n" for line in LINES))
    shutil.copy(HERE / "work.py", tmp_path)
    run = RunDirectory(tmp_path / "run")

    def disturbed(cluster, master, disturbances):
        (tmp_path / "job.yaml").write_text(JOB % master)
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", tmp_path / "job.yaml", "--run-dir", run.path]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=cluster.env, **streams) as process:
            for number, disturb in disturbances.items():
                wait_until(lambda: process.poll() is not None or commits(run.path) >= number, seconds=180)  # noqa: B023
                assert commits(run.path) < BATCHES
                disturb()
            output, errors = process.communicate()
        assert process.returncode == 0, errors
        assert output == "".join(f'"{line.upper()}"\n' for line in LINES)
        return begun_again(run)

    return disturbed


def begun_again(run):
    plan = Plan.require(run)
    complete = Counter(event.batch_id for event in run_events(run, plan, {EventType.BATCH_COMPLETE}))
    assert len(complete) == plan.batches == BATCHES
    assert set(complete.values()) == {1}
    return sum(1 for _ in run_events(run, plan, {EventType.BATCH_STARTED})) - BATCHES


def executor_of(spark, worker):
    """Return an executor that a worker has started; each has one, until one is lost."""
    return next(one for one in spark.executors() if one.ppid() == spark.daemons[worker].pid)


def test_executors_and_a_worker_are_lost(spark_standalone, disturbed, count_kills):
    def lose_a_worker():
        executor = executor_of(spark_standalone, "worker0")
        spark_standalone.kill("worker0")
        executor.wait()
        spark_standalone.restart("worker0")

    disturbances = {
        BATCHES // 10: lambda: executor_of(spark_standalone, "worker1").kill(),
        BATCHES // 4: lambda: executor_of(spark_standalone, "worker0").terminate(),
        BATCHES // 2: lose_a_worker,
    }
    again = disturbed(spark_standalone, spark_standalone.master_url, disturbances)
    assert again <= 2 * len(disturbances)
    count_kills("spark", again, worker=len(disturbances))


def test_an_executor_on_yarn_is_lost(spark_on_yarn, disturbed, count_kills):
    def lose_one():
        spark_on_yarn.executors()[0].kill()

    count_kills("spark", disturbed(spark_on_yarn, "yarn", {BATCHES // 10: lose_one}), worker=1)
