"""Kill -9 the processes of Airflow's tasks at random moments: their retries go on, and the result is the same."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory, batch_index
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_AIRFLOW_KILLS", "8"))
BATCHES = 300
WORKERS = 2
DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {
        "name": "slow",
        "source": {"type": "text", "path": "slow.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "sleep 0.2; tr a-z A-Z"},
        "parallel": {"backend": "bash_fork", "workers": 2, "map_tasks": 3},
    }

    with DAG("killed_at_random", default_args={"retries": 20, "retry_delay": 0}):
        batch_task_group(job)
"""
AIRFLOW = Path(sys.executable).with_name("airflow")


@pytest.fixture
def standalone(tmp_path, monkeypatch):
    """A whole Airflow with scheduler, API server and LocalExecutor on sqlite; yields its home."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "killed_at_random.py").write_text(dedent(DAG_FILE))
    (tmp_path / "dags" / "slow.txt").write_text("".join(f"line {number}\n" for number in range(BATCHES)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "AIRFLOW_HOME": tmp_path,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "AIRFLOW__CORE__DAGS_FOLDER": tmp_path / "dags",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": False,
        "AIRFLOW__CORE__PARALLELISM": 4,  # sqlite bears no more
        "PATH": f"{AIRFLOW.parent}:{os.environ['PATH']}",  # Airflow starts its parts by name
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST")
    with (tmp_path / "standalone.log").open("wb") as log:
        process = subprocess.Popen([AIRFLOW, "standalone"], stdout=log, stderr=log, start_new_session=True)
    yield tmp_path
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_kill_task_processes_at_random_moments(standalone):
    generator = random.Random(f"{SEED} airflow")
    trigger(standalone)
    storage = standalone / "unifyweaver" / "killed_at_random"
    killed = 0
    deadline = time.monotonic() + 240
    while not list(storage.glob("*/slow/result/_SUCCESS")):
        assert time.monotonic() < deadline, f"waited too long for the result, see {standalone}"
        time.sleep(generator.uniform(0.5, 2))
        victims = task_processes(storage)
        if victims and killed < KILLS:
            os.kill(generator.choice(victims), signal.SIGKILL)
            killed += 1
    (path,) = storage.glob("*/slow")
    repeated = check(RunDirectory(path))
    print(f"\nAirflow: {killed} task processes killed, {repeated} batches begun again, 0 lost, 0 double")
    assert killed == KILLS
    assert repeated <= killed * WORKERS


def check(run):
    """Hold the result against the undisturbed one, and return how many batches were begun more than once."""
    lines = [f"LINE {number}" for number in range(BATCHES)]
    assert (run.result / "result.txt").read_text().splitlines() == lines
    plan = Plan.require(run)
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    assert sorted(index for state in states for index in state.commits) == list(range(BATCHES))
    started = [batch_index(event.batch_id) for event in run_events(run, plan, {EventType.BATCH_STARTED})]
    return len(started) - BATCHES


def trigger(home):
    """Trigger the DAG as soon as Airflow knows it."""
    command = [AIRFLOW, "dags", "trigger", "killed_at_random"]
    deadline = time.monotonic() + 120
    while subprocess.run(command, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, f"Airflow did not come up, see {home / 'standalone.log'}"


def task_processes(storage):
    """Return the processes that hold the lock on a shard."""
    found = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith(str(storage)) and target.endswith("/lock"):
            found.append(int(descriptor.parts[2]))
    return found
