"""A worker that is asked to go, by SIGTERM, hands its batch back: at once, and at no cost to the batch."""

from textwrap import dedent

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

WORK = """
import os
import signal
from pathlib import Path


def go():
    os.kill(os.getpid(), signal.SIGTERM)


def preempted_twice(batch):
    for number in range(2):
        mark = Path(__file__).with_name(f"{batch.bytes().decode().strip()} {number}")
        if not mark.exists():
            mark.touch()
            go()
    return list(batch)


def preempted_for_ever(batch):
    go()


def refuses_one(batch):
    mark = Path(__file__).with_name("went in the search")
    lines = list(batch)
    if "line 1" in lines and len(lines) == 1 and not mark.exists():
        mark.touch()
        go()
    if "line 1" in lines:
        raise ValueError("no")
    return lines
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(4)))
    (tmp_path / "work.py").write_text(dedent(WORK))

    def run(work, backend="bash_fork", batch_size=1, **fields):
        job = {
            "name": "preempted",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"batch_size": batch_size},
            "work": {"python": f"work:{work}"},
            "retry": {"max_attempts": 1, "delay": 60},
            "parallel": {"backend": backend, "workers": 2, "strict": True},
        }
        return run_job(BatchJob.from_dict(job | fields, base_dir=tmp_path), tmp_path / "run")

    return run


@pytest.mark.parametrize("backend", ["sequential", "bash_fork", "gnu_parallel"])
def test_a_batch_that_is_handed_back_has_all_its_attempts_left(backend, run, tmp_path):
    result = run("preempted_twice", backend)
    assert result.file.read_text() == "".join(f'"line {number}"\n' for number in range(4))
    directory = RunDirectory(tmp_path / "run")
    failures = list(run_events(directory, Plan.require(directory), {EventType.BATCH_FAILED}))
    assert len(failures) == 8
    assert all(event.payload["killed"] and "SIGTERM" in event.payload["error"] for event in failures)


def test_a_batch_that_is_handed_back_too_often_has_failed(run):
    with pytest.raises(JobFailedError, match="failed after 1 attempt: its worker died: killed by SIGTERM"):
        run("preempted_for_ever")


def test_a_search_for_poison_records_goes_on(run):
    result = run("refuses_one", batch_size=4, failure={"quarantine": "record"})
    assert (result.results, result.quarantined) == (3, 1)
