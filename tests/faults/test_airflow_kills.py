"""Kill -9 Airflow's tasks and its scheduler at random moments: retries go on, and the result is the same."""

import contextlib
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
SCHEDULER_KILLS = int(os.environ.get("UNIFYWEAVER_SCHEDULER_KILLS", "1"))
BATCHES = 60 * KILLS
WORKERS = 2
MAP_TASKS = 3
DAG_FILE = (
    """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {
        "name": "slow",
        "source": {"type": "text", "path": "slow.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "sleep 0.2; tr a-z A-Z"},
        "parallel": {"backend": "bash_fork", "workers": 2, "map_tasks": %d},
    }

    with DAG("killed_at_random", default_args={"retries": 20, "retry_delay": 0}):
        batch_task_group(job)
"""
    % MAP_TASKS
)
AIRFLOW = Path(sys.executable).with_name("airflow")


class Standalone:
    """A whole Airflow with scheduler, API server and LocalExecutor on sqlite.

    :param home: its folder.
    """

    def __init__(self, home):
        self.home = home
        self.storage = home / "unifyweaver" / "killed_at_random"
        self._processes = []
        self._start("standalone")
        self._scheduler = None

    def _start(self, *arguments):
        with (self.home / f"{arguments[0]}_{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen([AIRFLOW, *arguments], stdout=log, stderr=log, start_new_session=True)
        self._processes.append(process)
        return process

    def trigger(self):
        """Trigger the DAG as soon as Airflow knows it."""
        command = [AIRFLOW, "dags", "trigger", "killed_at_random"]
        deadline = time.monotonic() + 120
        while subprocess.run(command, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, f"Airflow did not come up, see {self.home}"

    def kill_scheduler(self, seconds):
        """Kill the scheduler, and put another in its place some time later, as whoever runs Airflow has to.

        Standalone does not do that by itself. Tasks of the dead one go on until Airflow takes them away from it.
        """
        os.kill(self._scheduler.pid if self._scheduler else self._first_scheduler(), signal.SIGKILL)
        time.sleep(seconds)
        self._scheduler = self._start("scheduler", "--skip-serve-logs")

    def _first_scheduler(self):
        standalone = self._processes[0].pid
        children = [
            int(child)
            for task in Path(f"/proc/{standalone}/task").glob("*/children")
            for child in task.read_text().split()
        ]
        (scheduler,) = (child for child in children if b"scheduler" in Path(f"/proc/{child}/cmdline").read_bytes())
        return scheduler

    def task_processes(self):
        """Return the processes that hold the lock on a shard."""
        found = []
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith(str(self.storage)) and target.endswith("/lock"):
                found.append(int(descriptor.parts[2]))
        return found

    def stop(self):
        """End all processes."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):  # what a killed scheduler left behind is in its group still
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def standalone(tmp_path, monkeypatch):
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
        # A dead scheduler is noticed within seconds, not minutes.
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": 10,
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 5,
        "PATH": f"{AIRFLOW.parent}:{os.environ['PATH']}",  # Airflow starts its parts by name
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST")
    airflow = Standalone(tmp_path)
    yield airflow
    airflow.stop()


def test_kill_tasks_and_scheduler_at_random_moments(standalone):
    generator = random.Random(f"{SEED} airflow")
    standalone.trigger()
    tasks = schedulers = 0
    deadline = time.monotonic() + 480
    while not list(standalone.storage.glob("*/slow/result/_SUCCESS")):
        assert time.monotonic() < deadline, f"waited too long for the result, see {standalone.home}"
        time.sleep(generator.uniform(0.5, 2))
        victims = standalone.task_processes()
        if not victims:
            continue
        if schedulers < (SCHEDULER_KILLS + 1) * tasks // (KILLS + 1):  # between the tasks, all along the run
            standalone.kill_scheduler(generator.uniform(0, 3))
            schedulers += 1
        elif tasks < KILLS:
            os.kill(generator.choice(victims), signal.SIGKILL)
            tasks += 1
    (path,) = standalone.storage.glob("*/slow")
    repeated = check(RunDirectory(path))
    print(
        f"\nAirflow: {tasks} task processes and {schedulers} schedulers killed, {repeated} of {BATCHES} batches begun "
        "again, 0 lost, 0 double"
    )
    assert (tasks, schedulers) == (KILLS, SCHEDULER_KILLS)
    assert repeated <= (tasks + MAP_TASKS * schedulers) * WORKERS


def check(run):
    """Hold the result against the undisturbed one, and return how many batches were begun more than once."""
    lines = [f"LINE {number}" for number in range(BATCHES)]
    assert (run.result / "result.txt").read_text().splitlines() == lines
    plan = Plan.require(run)
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    assert sorted(index for state in states for index in state.commits) == list(range(BATCHES))
    started = [batch_index(event.batch_id) for event in run_events(run, plan, {EventType.BATCH_STARTED})]
    return len(started) - BATCHES
