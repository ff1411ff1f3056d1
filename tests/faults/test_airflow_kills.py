"""Kill the process of an Airflow task at random moments: the next try goes on, and the result is the same."""

import os
import random
import signal
import subprocess
import sys
import time

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory, batch_index
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_AIRFLOW_KILLS", "8"))
BATCHES = 600
WORKERS = 2
DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {
        "name": "slow",
        "source": {"type": "text", "path": "slow.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "sleep 0.03; tr a-z A-Z"},
        "parallel": {"backend": "bash_fork", "workers": 2, "map_tasks": 3},
    }

    with DAG("killed_at_random"):
        batch_task_group(job)
"""
# The same logical date makes it the same run, as a retry is.
RUN = """
import sys
from datetime import UTC, datetime
from airflow.dag_processing.dagbag import DagBag
run = DagBag(sys.argv[1]).dags["killed_at_random"].test(logical_date=datetime(2026, 1, 1, tzinfo=UTC))
sys.exit(run.state != "success")
"""


def test_kill_the_task_process_at_random_moments(airflow):
    generator = random.Random(f"{SEED} airflow")
    lines = [f"line {number}" for number in range(BATCHES)]
    (airflow.dag_folder / "slow.txt").write_text("".join(f"{line}\n" for line in lines))
    file = airflow.write("killed_at_random.py", DAG_FILE)
    storage = airflow.home / "unifyweaver" / "killed_at_random"
    killed = 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, file],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if killed == KILLS:
            assert process.wait(240) == 0
            break
        wait_for_commits(storage, committed(storage) + generator.randint(5, BATCHES // KILLS - 5), process)
        time.sleep(generator.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += 1
    (path,) = storage.glob("*/slow")
    run = RunDirectory(path)
    assert (run.result / "result.txt").read_text().splitlines() == [line.upper() for line in lines]
    plan = Plan.require(run)
    states = [ShardState.load(run.shard(number).journal) for number in range(len(plan.shards))]
    assert sorted(index for state in states for index in state.commits) == list(range(BATCHES))
    started = [batch_index(event.batch_id) for event in run_events(run, plan, {EventType.BATCH_STARTED})]
    repeated = len(started) - BATCHES
    print(f"\nAirflow: {killed} task processes killed, {repeated} batches begun again, 0 lost, 0 double")
    assert repeated <= killed * WORKERS


def committed(storage):
    return sum(
        journal.read_bytes().count(b'"batch_complete"') for journal in storage.glob("*/slow/shards/*/journal.jsonl")
    )


def wait_for_commits(storage, count, process):
    while committed(storage) < count:
        assert process.poll() is None, "the run ended before it was killed"
        time.sleep(0.01)
