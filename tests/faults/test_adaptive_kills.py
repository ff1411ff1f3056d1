"""Kill workers and whole runs of an adaptive job: every resume makes other batches, and yet nothing is lost or doubled.

Moments and victims are seeded, as in the tests of fixed batches.
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

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261125"))
KILLS = int(os.environ.get("UNIFYWEAVER_KILLS", "8"))
RECORDS = 1000
BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
HERE = Path(__file__).parent


@pytest.fixture
def job(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"line {number:04d}, some text\n" for number in range(RECORDS)))
    shutil.copy(HERE / "work.py", tmp_path)
    (tmp_path / "job.yaml").write_text(
        "name: kills\nsource: {type: text, path: lines.txt}\nbatch: {adaptive: {target_seconds: 0.03}}\n"
        "work: {python: 'work:upper_each'}\nretry: {max_attempts: 10, delay: 0}\n"
        "parallel: {workers: 2, strict: true}\n"
    )
    return tmp_path / "job.yaml"


def start(arguments):
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def journal(run):
    file = run.shard(0).journal
    return file.read_bytes() if file.exists() else b""


def slots(pid):
    """Return the processes below one that have a segment open: its worker slots."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            try:
                opened = [str(link.readlink()) for link in Path(f"/proc/{child}/fd").iterdir()]
            except FileNotFoundError:
                continue
            found += [child] if any(name.endswith(".segment") for name in opened) else []
            found += slots(child)
    return found


def kill_a_worker(process, generator):
    victims = slots(process.pid)
    if not victims:
        return False
    try:
        os.kill(generator.choice(victims), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def has_ended_before(process, run, batches):
    """Wait until so many batches more are committed, or the run has ended."""
    goal = journal(run).count(b'"batch_complete"') + batches
    while process.poll() is None:
        if journal(run).count(b'"batch_complete"') >= goal:
            return False
        time.sleep(0.003)
    return True


def check(run, process, job):
    """The result is the undisturbed one, and every piece of the plan is in exactly one committed batch."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    lines = (job.parent / "lines.txt").read_text().upper().splitlines()
    assert output.decode() == "".join(f'"{line}"\n' for line in lines)
    plan, state = Plan.require(run), ShardState.load(run.shard(0).journal)
    covered = [piece for index in state.commits for piece in range(index, index + state.size(index))]
    assert sorted(covered) == list(range(plan.batches))
    assert len(state.commits) < plan.batches
    assert state.results == RECORDS


@pytest.mark.parametrize("backend", BACKENDS)
def test_kill_workers_at_random_moments(backend, job):
    generator = random.Random(f"{SEED} workers {backend}")
    killed = rounds = 0
    while killed < KILLS:
        run = RunDirectory(job.parent / f"run_{rounds}")
        process = start(["run", job, "--run-dir", run.path, "--set", f"parallel.backend={backend}"])
        while killed < KILLS and not has_ended_before(process, run, generator.randint(1, 8)):
            time.sleep(generator.uniform(0, 0.02))
            killed += kill_a_worker(process, generator)
        check(run, process, job)
        rounds += 1
    print(f"\n{backend}: {killed} workers of {rounds} adaptive runs killed, 0 pieces lost, 0 double")


@pytest.mark.parametrize("backend", BACKENDS)
def test_kill_the_run_at_random_moments_and_resume(backend, job):
    generator = random.Random(f"{SEED} runs {backend}")
    killed = rounds = 0
    while killed < KILLS:
        run = RunDirectory(job.parent / f"run_{rounds}")
        arguments = ["run", job, "--run-dir", run.path, "--set", f"parallel.backend={backend}"]
        while True:
            process = start(arguments)
            if killed == KILLS or has_ended_before(process, run, generator.randint(1, 12)):
                break
            time.sleep(generator.uniform(0, 0.02))
            process.kill()  # its workers are left to find out by themselves
            process.communicate()
            killed += 1
            arguments = ["resume", run.path]
        check(run, process, job)
        rounds += 1
    print(f"\n{backend}: {killed} of {rounds} adaptive runs killed and resumed, 0 pieces lost, 0 double")
