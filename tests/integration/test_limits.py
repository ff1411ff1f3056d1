"""Attempts that take too long, too much memory or no turn at all are ended, and the host and the run go on."""

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.backends import limits
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
WORK = """
import os, signal, time

def work(batch):
    (line,) = batch
    if line == "hungry":
        held = [bytearray(b"x" * 20_000_000) for _ in range(1_000)]
    if line == "slow":
        time.sleep(60)
    if line == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    return line
"""


def failures(folder, backend, bad_line, **parts):
    lines = [f"line {number}" for number in range(20)]
    (folder / "lines.txt").write_text("\n".join([*lines, bad_line]))
    (folder / "mine.py").write_text(WORK)
    fields = {
        "name": "limited",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"python": "mine:work"},
        "parallel": {"backend": backend, "workers": 2, "strict": True},
        "retry": {"max_attempts": 1},
        "failure": {"budget": 1},
    }
    run = RunDirectory(folder / "run")
    result = run_job(BatchJob.from_dict(fields | parts, base_dir=folder), run.path)
    assert result.file.read_text().splitlines() == [f'"{line}"' for line in lines]
    return [event.payload["error"] for event in run_events(run, Plan.require(run), {EventType.BATCH_FAILED})]


@pytest.mark.parametrize("backend", BACKENDS)
def test_too_much_memory(tmp_path, backend):
    batch = {"batch_size": 1, "max_batch_memory": 500_000_000}
    (error,) = failures(tmp_path, backend, "hungry", batch=batch)
    assert "MB of memory and was killed; batch.max_batch_memory allows 500 MB" in error


@pytest.mark.parametrize("backend", BACKENDS)
def test_too_long_by_the_median(tmp_path, backend):
    (error,) = failures(tmp_path, backend, "slow", retry={"max_attempts": 1, "timeout": "20x"})
    assert error == "timed out after 1 s (retry.timeout); its worker was killed"


def test_a_stopped_worker_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LIFE_CHECK_SECONDS", 0.1)
    monkeypatch.setattr(limits, "STOPPED_SECONDS", 0.5)
    (error,) = failures(tmp_path, "bash_fork", "stopped")
    assert error == "its worker was stopped for 0.5 s and was killed"


def test_batches_of_no_given_size_fit_into_the_memory_that_is_given(tmp_path):
    (tmp_path / "rows.py").write_text("def count(batch):\n    return len(list(batch))\n")
    row = "2015-05-20T12:00:00,Graz,1234,some text\n"
    (tmp_path / "rows.csv").write_text("time,city,amount,text\n" + row * 1_000_000)
    fields = {
        "name": "fitting",
        "source": {"type": "csv", "path": "rows.csv"},
        "batch": {"max_batch_memory": 128_000_000},
        "work": {"python": "rows.py:count"},
        "parallel": {"backend": "gnu_parallel", "workers": 1},  # whose workers do not begin with what pytest holds
        "retry": {"max_attempts": 1},
        "aggregation": "sum",
    }
    result = run_job(BatchJob.from_dict(fields, base_dir=tmp_path), tmp_path / "run")
    assert result.file.read_text() == "1000000\n"
