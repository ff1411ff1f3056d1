"""A mapped task instance that Airflow kills stops what it started, and its retry does only what was left."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {{
        "name": "slow",
        "source": {{"type": "text", "path": "slow.txt"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": "sleep 0.1; cat"}},
        "parallel": {{"backend": "{backend}", "workers": 2, "preserve_order": True}},
    }}

    with DAG("killed_{backend}", default_args={{"retries": 1, "retry_delay": 0}}):
        batch_task_group(job)
"""
RUN = "import sys; from airflow.dag_processing.dagbag import DagBag; DagBag(sys.argv[1]).dags[sys.argv[2]].test()"


@pytest.mark.parametrize("backend", ["bash_fork", "gnu_parallel"])
def test_a_killed_instance_resumes_in_its_retry(airflow, backend):
    dag_id = f"killed_{backend}"
    lines = [f"line {number}" for number in range(20)]
    (airflow.dag_folder / "slow.txt").write_text("".join(f"{line}\n" for line in lines))
    file = airflow.write(f"{dag_id}.py", DAG_FILE.format(backend=backend))
    with subprocess.Popen(
        [sys.executable, "-c", RUN, file, dag_id], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        journal = wait_for_commit(airflow.home / "unifyweaver" / dag_id)
        run.send_signal(signal.SIGTERM)
        output = run.communicate(timeout=120)[0].decode()
    assert "was killed; a retry resumes it" in output
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    complete = [event for event in events if event["event_type"] == "batch_complete"]
    assert sorted(event["batch_id"] for event in complete) == [f"batch_{number:05d}" for number in range(20)]
    assert {event["attempt"] for event in complete} == {1, 2}
    result = journal.parents[2] / "result" / "result.txt"
    assert result.read_text().splitlines() == lines
    assert not slots(journal.parent)


def wait_for_commit(folder):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for journal in folder.glob("*/slow/shards/0000/journal.jsonl"):
            if journal.read_text().count('"batch_complete"') >= 2:
                return journal
        time.sleep(0.02)
    raise AssertionError("nothing was committed")


def slots(shard):
    """Return the processes that have files of the shard open."""
    found = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()).startswith(str(shard)):
                found.append(descriptor.parts[2])
        except OSError:
            continue
    return found
