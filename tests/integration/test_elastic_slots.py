"""Slots of this machine that come while batches wait, and go when there is nothing to do for them."""

from textwrap import dedent

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.backends import slot_backend

WORK = """
import os
import time
from pathlib import Path

MARKS = Path(__file__).with_name("marks")


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def pids():
    return [int(mark.name) for mark in MARKS.iterdir()]


def lives(pid):
    command = Path(f"/proc/{pid}/cmdline")
    return command.exists() and command.read_bytes() != b""


def meets_and_stays(batch):
    # Every batch waits until all four are worked on; the last one until the workers of two others are gone.
    (MARKS / str(os.getpid())).touch()
    wait_until(lambda: len(pids()) == 4)
    if "line 3" in list(batch):
        wait_until(lambda: sum(map(lives, pids())) == 2)
    return len(pids())
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(4)))
    (tmp_path / "work.py").write_text(dedent(WORK))
    (tmp_path / "marks").mkdir()

    def run(backend, workers, **fields):
        job = {
            "name": "elastic",
            "source": {"type": "text", "path": "lines.txt"},
            "parallel": {"backend": backend, "workers": workers, "strict": True},
        }
        return run_job(BatchJob.from_dict(job | fields, base_dir=tmp_path), tmp_path / "run")

    return run


@pytest.mark.parametrize("backend", ["bash_fork", "gnu_parallel"])
def test_slots_are_added_for_batches_that_wait_and_idle_ones_end(backend, run, monkeypatch):
    monkeypatch.setattr(slot_backend, "IDLE_SECONDS", 0.1)
    work = {"batch": {"batch_size": 1}, "work": {"python": "work:meets_and_stays"}}
    assert run(backend, {"min": 2, "max": 4}, **work).file.read_text().split() == ["4"] * 4


def test_one_batch_gets_one_slot_of_many(run, tmp_path):
    run("bash_fork", {"max": 4}, work={"command": "cat"})
    assert len(list(tmp_path.glob("run/shards/0000/segments/*"))) == 1
