"""What a dead process left under way is told by whoever asks, and nothing is told of one that lives."""

import signal
import subprocess
import sys
import time

import pytest

from airflow_unifyweaver import runner
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.killed import ERROR
from airflow_unifyweaver.run.plan import Plan

JOB = """
name: slow
source: {type: text, path: lines.txt}
batch: {batch_size: 1}
work: {command: "sleep 1; cat"}
parallel: {backend: bash_fork, workers: 2}
"""


def events(run, event_type):
    return list(run_events(run, Plan.require(run), {event_type}))


@pytest.fixture
def process(tmp_path):
    """A run that has two batches under way."""
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(4)))
    (tmp_path / "job.yaml").write_text(JOB)
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.yaml", "--run-dir", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        run = RunDirectory(tmp_path / "run")
        deadline = time.monotonic() + 60
        while not run.plan_file.exists() or len(events(run, EventType.BATCH_STARTED)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield process


def test_only_what_nobody_works_on_is_abandoned(process, tmp_path):
    run, heard = RunDirectory(tmp_path / "run"), []
    job, hear = runner.load_job(run), Subscription(heard.append, (EventType.BATCH_FAILED,))
    runner.report_abandoned(job, run, [hear])
    assert events(run, EventType.BATCH_FAILED) == heard == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(2):
        runner.report_abandoned(job, run, [hear])
    assert [(event.batch_id, event.payload["error"]) for event in heard] == [
        ("batch_00000", ERROR),
        ("batch_00001", ERROR),
    ]
    assert events(run, EventType.BATCH_FAILED) == heard
    result = runner.resume(run.path)
    assert (result.failed, result.results) == (0, 4)
    runner.report_abandoned(job, run, [hear])
    assert len(heard) == 2
