"""Containers and nodes that are lost in mid-run on YARN and HDFS, and applications that nobody waits for any more."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import hdfs_native
import httpx
import pytest

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState

BATCHES = 20
LINES = 200
HERE = Path(__file__).parent
RUNNING = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
OPTIONS = "{hadoop_opts: ['-D', 'mapreduce.map.memory.mb=99999']}"


class Job:
    """A job of about ten seconds in four mappers, of which two run at a time."""

    def __init__(self, yarn, folder):
        self.yarn = yarn
        self.folder = folder
        self.run = RunDirectory(folder / "run")
        self._file = folder / "job.yaml"
        self.lines = [f"line {number}" for number in range(BATCHES * LINES)]
        (folder / "lines.txt").write_text("".join(f"{line}\n" for line in self.lines))
        shutil.copy(HERE / "work.py", folder)
        self._file.write_text(
            "name: hadoop\nsource: {type: text, path: lines.txt}\nbatch: {batch_size: %d}\n"
            "work: {python: 'work:upper_each'}\nretry: {max_attempts: 1}\n"
            "parallel: {backend: hadoop_streaming, workers: 1, strict: true}\n" % LINES
        )
        self.process = None

    def start(self, *options):
        self._launch("run", self._file, "--run-dir", self.run.path, *options)

    def resume(self):
        self._launch("resume", self.run.path)

    def application(self):
        """Return the application's id as soon as it works on a batch."""
        self.works()
        return (self.run.path / "cluster" / "0000" / "hadoop" / "application").read_text()

    def check(self):
        """The result is that of an undisturbed run, and each batch was committed once."""
        output, errors = self.process.communicate(timeout=240)
        assert self.process.returncode == 0, errors
        assert output.splitlines() == [f'"{line.upper()}"' for line in self.lines]
        plan = Plan.require(self.run)
        commits = [
            batch for n in range(len(plan.shards)) for batch in ShardState.load(self.run.shard(n).journal).commits
        ]
        assert sorted(commits) == list(range(BATCHES))
        begun = [one.batch_id for one in run_events(self.run, plan, {EventType.BATCH_STARTED})]
        return len(begun) - BATCHES

    def applications(self):
        answer = httpx.get(f"{self.yarn.web_url}/ws/v1/cluster/apps", params={"states": RUNNING}).raise_for_status()
        return (answer.json()["apps"] or {}).get("app", [])

    def _launch(self, *arguments):
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", *arguments]
        self.process = subprocess.Popen(
            command, env=self.yarn.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def works(self):
        """Wait until a batch was begun."""
        self.yarn.wait_until(self._works, "worked on a batch", 120)

    def works_again(self):
        """Wait until one more batch was begun."""
        begun = self._count(b'"batch_started"')
        self.yarn.wait_until(lambda: self._count(b'"batch_started"') > begun, "went on", 120)

    def fails(self):
        """Wait until an attempt at a batch has failed."""
        self.yarn.wait_until(lambda: self._count(b'"batch_failed"'), "failed", 120)

    def _works(self):
        assert self.process.poll() is None, self.process.communicate()
        return self._count(b'"batch_started"')

    def _count(self, event):
        return sum(path.read_bytes().count(event) for path in self.run.path.glob("shards/*/journal.jsonl"))


@pytest.fixture
def job(yarn, tmp_path):
    job = Job(yarn, tmp_path)
    yield job
    job.process.kill()
    job.process.communicate()


def test_a_container_is_killed_and_another_asked_to_go(job, count_kills):
    job.start()
    application = job.application()
    first = job.yarn.tasks(application)[0]
    first.kill()
    job.yarn.wait_until(lambda: set(job.yarn.tasks(application)) - {first}, "started another container", 60)
    job.works_again()
    (set(job.yarn.tasks(application)) - {first}).pop().terminate()
    count_kills("hadoop_streaming", job.check(), worker=2)


def test_the_node_manager_is_killed_and_comes_back(job, count_kills):
    job.start()
    job.application()
    job.yarn.kill("nodemanager")
    job.yarn.restart("nodemanager")
    count_kills("hadoop_streaming", job.check(), worker=1)


@pytest.mark.parametrize("backend", ["bash_fork", "hadoop_streaming"])
def test_the_data_node_of_the_source_is_killed_and_comes_back(backend, job, hdfs, count_kills):
    client = hdfs_native.Client(hdfs.url)
    for number in range(BATCHES):  # a file for each batch: of one file, some megabytes are read ahead
        lines = job.lines[number * LINES : (number + 1) * LINES]
        with client.create(f"/lines/{number:02}.txt", hdfs_native.WriteOptions(overwrite=True)) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
    retry = "{max_attempts: 200, delay: 1, backoff: constant}"
    source = f"{{type: text, path: '{hdfs.url}/lines/*.txt'}}"
    job.start("--set", f"source={source}", "--set", f"retry={retry}", "--set", f"parallel.backend={backend}")
    job.works()
    hdfs.kill("datanode")
    job.fails()
    hdfs.restart("datanode")
    count_kills(backend, job.check(), worker=1)


def test_no_application_outlives_a_run_that_is_stopped(job):
    job.start()
    application = job.application()
    job.process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    _, errors = job.process.communicate(timeout=60)
    job.yarn.wait_until(lambda: not job.applications(), "ended the application", 10 - (time.monotonic() - stopped))
    assert errors.splitlines()[-1].startswith("error: interrupted")
    assert job.yarn.application(application)["state"] == "KILLED"


def test_a_resumed_run_first_kills_what_a_killed_one_has_left(job, count_kills):
    job.start()
    application = job.application()
    job.process.kill()
    job.process.communicate()
    job.resume()
    count_kills("hadoop_streaming", job.check(), run=1)
    assert job.yarn.application(application)["state"] == "KILLED"


def test_a_job_that_yarn_cannot_run_fails_with_one_line(job):
    job.start("--set", f"parallel.hadoop_streaming={OPTIONS}")
    _, errors = job.process.communicate(timeout=120)
    assert job.process.returncode == 1
    assert "capability" in errors.splitlines()[-1]
    assert "\tat " not in errors
    assert job.applications() == []
