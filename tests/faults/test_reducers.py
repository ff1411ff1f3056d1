"""Kill an executor of Spark and a container of Hadoop while they reduce results by key: the result stays the same."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.reduced import Reduced
from airflow_unifyweaver.run.state import ShardState

BATCHES = 8
KEYS = [f"key{number:03d}" for number in range(150)]
HERE = Path(__file__).parent
JOB = """
name: reducers
source: {type: text, path: lines.txt}
batch: {batch_size: %d}
work: {python: 'work:keyed'}
parallel: {strict: true, workers: 2, reducers: 2, %s}
aggregation: {reduce: 'work:joined_slowly', by_key: true}
"""


class Job:
    """A job whose reducers take some seconds, and during which a process of the engine is killed."""

    def __init__(self, service, folder, parallel):
        lines = [f"{key} {batch}" for batch in range(BATCHES) for key in KEYS]
        (folder / "lines.txt").write_text("".join(f"{line}\n" for line in lines))
        (folder / "job.yaml").write_text(JOB % (len(KEYS), parallel))
        shutil.copy(HERE / "work.py", folder)
        self.run = RunDirectory(folder / "run")
        run = [sys.executable, "-m", "airflow_unifyweaver.cli", "run"]
        self._service = service
        self._process = subprocess.Popen(
            [*run, folder / "job.yaml", "--run-dir", self.run.path],
            env=service.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until(self, condition):
        self._service.wait_until(lambda: self._process.poll() is not None or condition(), "reduced", 240)
        assert self._process.poll() is None, self._process.communicate()

    def is_reducing(self):
        plan = Plan.load(self.run)
        return plan and all(
            ShardState.load(self.run.shard(shard).journal).finished for shard in range(len(plan.shards))
        )

    def check(self):
        """The result is that of an undisturbed run, reducers have made it, and each batch was worked on once."""
        output, errors = self._process.communicate()
        assert self._process.returncode == 0, errors
        values = dict(json.loads(line) for line in output.splitlines())
        assert values == {key: ", ".join(f"{key} {batch}" for batch in range(BATCHES)) for key in KEYS}
        plan = Plan.require(self.run)
        assert Reduced.load(self.run).is_valid(self.run, len(plan.shards))
        begun = Counter(event.batch_id for event in run_events(self.run, plan, {EventType.BATCH_STARTED}))
        assert set(begun.values()) == {1}
        assert len(begun) == BATCHES

    def end(self):
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start(tmp_path):
    """Starts a job on a service."""
    jobs = []

    def start(service, parallel):
        jobs.append(Job(service, tmp_path, parallel))
        return jobs[0]

    yield start
    for job in jobs:
        job.end()


def test_an_executor_is_lost(start, spark_client, count_kills):
    job = start(spark_client, f"backend: spark, spark: {{master: '{spark_client.master_url}'}}")
    job.wait_until(job.is_reducing)
    spark_client.executors()[0].kill()
    assert Reduced.load(job.run) is None
    job.check()
    count_kills("spark", 0, worker=1)


def test_a_container_is_lost(start, yarn, count_kills):
    def reducers():
        return [process for process in yarn.tasks("application") if "_r_" in " ".join(process.cmdline())]

    job = start(yarn, "backend: hadoop_streaming")
    job.wait_until(lambda: list(job.run.reduced.glob("*/.part_*")))
    reducers()[0].kill()
    assert Reduced.load(job.run) is None
    job.check()
    count_kills("hadoop_streaming", 0, worker=1)
