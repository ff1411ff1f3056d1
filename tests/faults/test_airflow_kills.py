"""Kill -9 Airflow's tasks and its scheduler at random moments: retries go on, and the result is the same."""

import fcntl
import os
import random
import signal
import struct
import time
from textwrap import dedent

import pytest
from standalone import standalone_airflow

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.state import DECISIONS, ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_AIRFLOW_KILLS", "2"))
SCHEDULER_KILLS = int(os.environ.get("UNIFYWEAVER_SCHEDULER_KILLS", "1"))
"""So many task processes, and so many schedulers, on each backend."""
BACKENDS = {"sequential": 1, "bash_fork": 2, "gnu_parallel": 2}
"""With the number of their workers."""
BATCHES = 240
MAP_TASKS = 3
HALF = 30
DAG_FILE = f"""
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    def dag(name, backend, workers, path, map_tasks):
        job = {{
            "name": "slow",
            "source": {{"type": "text", "path": path}},
            "batch": {{"batch_size": 1}},
            "work": {{"command": f"sleep {{workers / 10}}; tr a-z A-Z"}},
            "parallel": {{"backend": backend, "workers": workers, "map_tasks": map_tasks, "strict": True}},
        }}
        with DAG(f"{{name}}_{{backend}}", default_args={{"retries": 100, "retry_delay": 0}}):
            batch_task_group(job)

    for backend, workers in {BACKENDS}.items():
        dag("at_random", backend, workers, "random.txt", {MAP_TASKS})
        dag("at_half_time", backend, workers, "half.txt", 1)
"""


@pytest.fixture(scope="module")
def standalone(tmp_path_factory):
    """One Airflow for all DAGs of this module."""
    home = tmp_path_factory.mktemp("standalone")
    (home / "dags").mkdir()
    (home / "dags" / "killed.py").write_text(dedent(DAG_FILE))
    for name, batches in (("random", BATCHES), ("half", 2 * HALF)):
        (home / "dags" / f"{name}.txt").write_text("".join(f"line {number}\n" for number in range(batches)))
    with standalone_airflow(home) as airflow:
        yield airflow


def slow_run(standalone, dag_id, run_id):
    """Trigger a DAG, and return the directory of its job's run."""
    return RunDirectory(standalone.trigger(dag_id, run_id) / "slow")


def task_processes(run):
    """Return the processes that hold the lock on a shard; the slots below them have its file open as well."""
    return [holder for lock in run.path.glob("shards/*/lock") if (holder := holder_of(lock))]


def holder_of(lock):
    question = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    with lock.open("r+b") as file:
        kind, *_, pid = struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_GETLK, question))
    return pid if kind != fcntl.F_UNLCK else None


def is_published(run):
    return (run.result / MARKER).exists()


def commits(run):
    """Return how many batches of a run with one shard are committed."""
    return len(ShardState.load(run.shard(0).journal).commits)


def test_a_task_killed_at_half_time_repeats_only_what_was_under_way(standalone, count_kills):
    runs = {backend: slow_run(standalone, f"at_half_time_{backend}", "run") for backend in BACKENDS}
    done_before = {}
    deadline = time.monotonic() + 300
    while not all(map(is_published, runs.values())):
        assert time.monotonic() < deadline, f"waited too long for the results, see {standalone.home}"
        for backend, run in runs.items():
            if backend not in done_before and (done := commits(run)) >= HALF:
                (task,) = task_processes(run)
                os.kill(task, signal.SIGKILL)
                done_before[backend] = done
        time.sleep(0.02)
    for backend, run in runs.items():
        repeated = check(run, 2 * HALF)
        print(f"\n{backend}: a task killed after {done_before[backend]} of {2 * HALF} batches")
        assert repeated <= BACKENDS[backend]
        count_kills(backend, repeated, task=1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_kill_tasks_and_scheduler_at_random_moments(backend, standalone, count_kills):
    generator = random.Random(f"{SEED} airflow {backend}")
    tasks = schedulers = repeated = rounds = 0
    deadline = time.monotonic() + 300 + 20 * (KILLS + SCHEDULER_KILLS)
    while tasks < KILLS or schedulers < SCHEDULER_KILLS:
        run = slow_run(standalone, f"at_random_{backend}", f"run_{rounds}")
        while not is_published(run):
            assert time.monotonic() < deadline, f"waited too long for the result, see {standalone.home}"
            time.sleep(generator.uniform(0.5, 2))
            victims = task_processes(run)
            if not victims:
                continue
            if schedulers < (SCHEDULER_KILLS + 1) * tasks // (KILLS + 1):  # between the tasks, all along the run
                standalone.kill("scheduler", generator.uniform(0, 3))
                schedulers += 1
            elif tasks < KILLS:
                os.kill(generator.choice(victims), signal.SIGKILL)
                tasks += 1
        repeated += check(run, BATCHES)
        rounds += 1
    assert repeated <= (tasks + MAP_TASKS * schedulers) * BACKENDS[backend]
    count_kills(backend, repeated, task=tasks, scheduler=schedulers)


def check(run, batches):
    """Hold the result against the undisturbed one, and return how many batches were begun more than once."""
    lines = [f"LINE {number}" for number in range(batches)]
    assert (run.result / "result.txt").read_text().splitlines() == lines
    plan = Plan.require(run)
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    assert sorted(index for state in states for index in state.commits) == list(range(batches))
    begun = attempts(run, {EventType.BATCH_STARTED})
    assert set(begun) <= set(attempts(run, DECISIONS)), "the journal does not tell what became of an attempt"
    return len(begun) - batches


def attempts(run, types):
    return [(event.batch_id, event.attempt) for event in run_events(run, Plan.require(run), types)]
