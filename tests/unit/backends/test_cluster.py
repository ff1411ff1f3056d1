"""What backends on clusters share, with a cluster of threads."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.backends.placement import Placement, launched
from airflow_unifyweaver.exceptions import BackendError, JobFailedError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import HeldError

INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
from airflow_unifyweaver import runner
from airflow_unifyweaver.run.directory import RunDirectory

def interrupt():
    while not list(Path(sys.argv[1]).glob("at work *")):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
runner.resume(sys.argv[2])
"""


class Threads(ClusterBackend):
    name = "threads"

    def __init__(self):
        self.placed = []
        self.closed = threading.Event()

    @classmethod
    def unusable(cls, parallel):
        return None

    def place(self, references, parallel, workers):
        self.placed += references
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run_shard, references))

    def close(self):
        self.closed.set()


class Unreachable(Threads):
    def place(self, references, parallel, workers):
        raise BackendError("there is no cluster")


def run(backend, works):
    return backend.run(works, Parallel(), 3)


def test_all_shards_are_worked_on_and_the_cluster_is_let_go(plan_shards):
    backend = Threads()
    assert run(backend, plan_shards()) == [ShardSummary(2, 2, 0, 2)] * 3
    assert len(backend.placed) == 3
    assert backend.closed.is_set()


@pytest.mark.parametrize(("batches", "shards"), [(1, 1), (6, 3), (80, 5), (1000, 12)])
def test_there_are_more_shards_than_workers_only_if_they_are_worth_it(plan_shards, batches, shards):
    assert len(plan_shards(lines=batches)) == shards


def test_finished_shards_never_come_to_the_cluster(plan_shards):
    works = plan_shards()
    first = run(Threads(), works[:2])
    backend = Threads()
    assert run(backend, works) == [*first, ShardSummary(2, 2, 0, 2)]
    assert len(backend.placed) == 1
    assert run(Unreachable(), works) == [ShardSummary(2, 2, 0, 2)] * 3


def test_the_error_of_a_shard_is_raised_and_the_others_stop(plan_shards):
    backend = Threads()
    with pytest.raises(JobFailedError):
        run(backend, plan_shards("fails", retry={"max_attempts": 1}))
    assert backend.closed.is_set()


def test_a_cluster_that_is_not_there_is_told_as_it_says(plan_shards):
    with pytest.raises(BackendError, match=r"^there is no cluster$"):
        run(Unreachable(), plan_shards())


def test_the_cluster_is_let_go_when_the_shards_cannot_be_told_to_stop(plan_shards, monkeypatch):
    def full(_):
        raise OSError("No space left on device")

    backend = Threads()
    monkeypatch.setattr(Placement, "cancel", full)
    with pytest.raises(OSError, match="No space left"):
        run(backend, plan_shards())
    assert backend.closed.is_set()


def test_who_launches_the_same_shards_at_the_same_time_is_refused(plan_shards):
    works = plan_shards()
    with launched(works):
        code = (
            "import sys; from airflow_unifyweaver.run.lock import locked; from pathlib import Path\n"
            "with locked(Path(sys.argv[1])): pass"
        )
        lock = works[0].run.path / "cluster" / "0000" / "lock"
        done = subprocess.run([sys.executable, "-c", code, lock], check=False, stderr=subprocess.PIPE, text=True)
    assert HeldError.__name__ in done.stderr


def test_an_interrupt_is_heard_while_shards_are_at_work(plan_shards, tmp_path):
    works = plan_shards("waits")
    command = [sys.executable, "-c", INTERRUPTED, tmp_path, works[0].run.path]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
