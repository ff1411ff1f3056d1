"""Kill an executor and a worker of a Spark cluster in mid-run: the result is that of an undisturbed run."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

BATCHES = 120
HERE = Path(__file__).parent
JOB = """
name: kills
source: {type: text, path: lines.txt}
batch: {batch_size: 100}
work: {python: 'work:upper_each'}
parallel: {backend: spark, strict: true, workers: 2, spark: {master: '%s'}}
"""


def committed(run):
    return sum(journal.read_bytes().count(b'"batch_complete"') for journal in run.path.glob("shards/*/journal.jsonl"))


def executor_of(spark, worker):
    """Return an executor that a worker has started; each has one, until one is lost."""
    return next(one for one in spark.executors() if one.ppid() == spark.daemons[worker].pid)


def test_an_executor_and_a_worker_are_lost(spark_client, tmp_path, count_kills):
    lines = [f"line {number}" for number in range(BATCHES * 100)]
    (tmp_path / "lines.txt").write_text("".join(f"{line}\n" for line in lines))
    (tmp_path / "job.yaml").write_text(JOB % spark_client.master_url)
    shutil.copy(HERE / "work.py", tmp_path)
    run = RunDirectory(tmp_path / "run")
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", tmp_path / "job.yaml", "--run-dir", run.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        spark_client.wait_until(lambda: committed(run) >= BATCHES // 10, "worked", seconds=120)
        executor_of(spark_client, "worker1").kill()
        spark_client.wait_until(lambda: committed(run) >= BATCHES // 3, "went on", seconds=120)
        executor = executor_of(spark_client, "worker0")
        spark_client.kill("worker0")
        executor.wait()
        assert committed(run) < BATCHES
        output, errors = process.communicate()
    spark_client.restart("worker0")
    assert process.returncode == 0, errors
    assert output == "".join(f'"{line.upper()}"\n' for line in lines)
    plan = Plan.require(run)
    complete = Counter(event.batch_id for event in run_events(run, plan, {EventType.BATCH_COMPLETE}))
    assert len(complete) == plan.batches == BATCHES
    assert set(complete.values()) == {1}
    begun = sum(1 for _ in run_events(run, plan, {EventType.BATCH_STARTED}))
    assert BATCHES <= begun <= BATCHES + 2 * 2
    count_kills("spark", begun - BATCHES, worker=2)
