"""Kill workers and whole runs at random moments: the result is that of an undisturbed run, nothing lost or doubled.

Moments and victims are seeded; ``UNIFYWEAVER_FAULT_SEED`` and ``UNIFYWEAVER_KILLS`` change them.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import DECISIONS, ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_KILLS", "8"))
"""So many workers, and so many whole runs, on each backend."""
BATCHES = 400
WORKERS = 2
BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
MOMENTS = {"sequential": (0.1, 0.8), "bash_fork": (0.1, 0.7), "gnu_parallel": (0.2, 1.2)}
"""Seconds after its start at which every other run is killed: from before it has a plan to about its end."""
UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
HERE = Path(__file__).parent


@pytest.fixture
def job(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(BATCHES * 5)))
    shutil.copy(HERE / "work.py", tmp_path)
    (tmp_path / "job.yaml").write_text(
        "name: kills\nsource: {type: text, path: lines.txt}\nbatch: {batch_size: 5}\nwork: {python: 'work:upper'}\n"
        "retry: {max_attempts: 10, delay: 0}\nparallel: {workers: %d, strict: true}\n" % WORKERS
    )
    return tmp_path / "job.yaml"


def start(arguments):
    return subprocess.Popen(
        [*UNIFYWEAVER, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def children(pid):
    """Return all processes below one, the deepest last."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def slots(pid):
    """Return the worker slots below a process: those that have a segment open."""

    def is_slot(child):
        try:
            return any(str(Path(link).resolve()).endswith(".segment") for link in Path(f"/proc/{child}/fd").iterdir())
        except (FileNotFoundError, PermissionError):
            return False

    return [child for child in children(pid) if is_slot(child)]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def expected(job):
    return (job.parent / "lines.txt").read_bytes().upper().replace(b"LINE", b'"LINE').replace(b"\n", b'"\n')


def check(run, output, job):
    """Every batch is committed exactly once, by the journal, and the result is the undisturbed one.

    :return: how many batches were begun more than once.
    """
    assert output == expected(job)
    plan = Plan.require(run)
    state = ShardState.load(run.shard(0).journal)
    assert set(state.commits) == set(range(plan.batches)) == set(range(BATCHES))
    assert state.results == BATCHES * 5
    begun = attempts(run, {EventType.BATCH_STARTED})
    assert set(begun) <= set(attempts(run, DECISIONS)), "the journal does not tell what became of an attempt"
    return len(begun) - BATCHES


def attempts(run, types):
    return [(event.batch_id, event.attempt) for event in run_events(run, Plan.require(run), types)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_kill_workers_at_random_moments(backend, job, count_kills):
    generator = random.Random(f"{SEED} workers {backend}")
    killed = repeated = rounds = 0
    while killed < KILLS:
        run = RunDirectory(job.parent / f"run_{rounds}")
        process = start(["run", job, "--run-dir", run.path, "--set", f"parallel.backend={backend}"])
        while process.poll() is None and killed < KILLS:
            time.sleep(generator.uniform(0, 0.08))
            victims = slots(process.pid)
            killed += bool(victims) and kill(generator.choice(victims))
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
        repeated += check(run, output, job)
        rounds += 1
    assert repeated <= killed
    count_kills(backend, repeated, worker=killed)


@pytest.mark.parametrize("backend", BACKENDS)
def test_kill_the_run_at_random_moments_and_resume(backend, job, count_kills):
    generator = random.Random(f"{SEED} runs {backend}")
    killed = repeated = rounds = 0
    while killed < KILLS:
        run = RunDirectory(job.parent / f"run_{rounds}")
        arguments = ["run", job, "--run-dir", run.path, "--set", f"parallel.backend={backend}"]
        while killed < KILLS:
            process = start(arguments)
            if has_ended_before_its_moment(process, run, generator, backend):
                break
            kill(process.pid)  # its workers are left to find out by themselves
            killed += 1
            process.communicate()
            if run.plan_file.exists():
                arguments = ["resume", run.path]
        else:
            process = start(arguments)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
        repeated += check(run, output, job)
        rounds += 1
    assert repeated <= killed * WORKERS
    count_kills(backend, repeated, run=killed)


def has_ended_before_its_moment(process, run, generator, backend):
    """Wait for a random moment: some time after the start, or some commits, as a busy machine is slow to begin."""
    if generator.random() < 0.5:
        try:
            process.wait(generator.uniform(*MOMENTS[backend]))
        except subprocess.TimeoutExpired:
            return False
        return True
    goal = commits(run) + generator.randint(1, BATCHES // 2)
    while process.poll() is None:
        if commits(run) >= goal:
            return False
        time.sleep(0.005)
    return True


def commits(run):
    journal = run.shard(0).journal
    return journal.read_bytes().count(b'"batch_complete"') if journal.exists() else 0


def test_no_process_outlives_a_killed_run(job):
    process = start(["run", job, "--run-dir", job.parent / "run", "--set", "parallel.backend=gnu_parallel"])
    while not slots(process.pid):
        assert process.poll() is None
        time.sleep(0.01)
    left = children(process.pid)
    kill(process.pid)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left):
        assert time.monotonic() < deadline, "a slot is still there"
        time.sleep(0.05)
