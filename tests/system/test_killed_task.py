"""A mapped task instance that Airflow kills stops what it started, and its retry does only what was left."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

DAG_FILE = """
    import json
    from pathlib import Path

    from airflow.sdk import DAG
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator
    from airflow_unifyweaver.dags import batch_task_group

    job = {{
        "name": "slow",
        "source": {{"type": "text", "path": "slow.txt"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": 'sleep 0.1; read -r line; while [ -e "{hold}$line" ]; do sleep 0.1; done; echo "$line"'}},
        "parallel": {{"backend": "{backend}", "workers": 2, "preserve_order": True}},
    }}

    with DAG("killed_{backend}", default_args={{"retries": 1, "retry_delay": 0}}):
        batch_task_group(job)

    def hear(event):
        with Path(__file__).with_name("heard.jsonl").open("a") as file:
            print(json.dumps(event), file=file)

    with DAG("told_{backend}"):
        split = BatchSplitOperator(task_id="split", job=job)
        ParallelMapOperator.partial(task_id="map", job=job, on_batch_failed_callback=hear).expand(shard=split.output)

    in_two = {{
        **job,
        "parallel": {{**job["parallel"], "map_tasks": 2}},
        "on_event": {{"batch_failed": ["slow.py:hear"]}},
    }}

    with DAG("abandoned_{backend}"):
        split = BatchSplitOperator(task_id="split", job=in_two)
        parts = ParallelMapOperator.partial(task_id="map", job=in_two).expand(shard=split.output)
        AggregateOperator(task_id="aggregate", job=in_two, shards=parts.output)
"""
RUN = "import sys; from airflow.dag_processing.dagbag import DagBag; DagBag(sys.argv[1]).dags[sys.argv[2]].test()"


LINES = [f"line {number}" for number in range(20)]


def kill(airflow, backend, dag_id, how):
    """Run a DAG, kill it when a part is done, and return its file, the shard's journal and what was printed.

    The third batch is under way then: it is held up until its slot is gone, lest that be quick enough to commit it.
    """
    hold = airflow.dag_folder / f"hold {LINES[2]}"
    hold.touch()
    (airflow.dag_folder / "slow.txt").write_text("".join(f"{line}\n" for line in LINES))
    file = airflow.write("slow.py", DAG_FILE.format(backend=backend, hold=str(hold).removesuffix(LINES[2])))
    with subprocess.Popen(
        [sys.executable, "-c", RUN, file, dag_id], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        journal = wait_for_commit(airflow.home / "unifyweaver" / dag_id)
        run.send_signal(how)
        wait_for(lambda: not slots(journal.parent) or '"killed":true' in journal.read_text())
        hold.unlink()
        output = run.communicate(timeout=120)[0].decode()
    return file, journal, output


def events_in(journal):
    return [json.loads(line) for line in journal.read_text().splitlines()]


def killed(events):
    return [event for event in events if event["payload"].get("error", "").startswith("its task was killed")]


@pytest.mark.parametrize("backend", ["bash_fork", "gnu_parallel"])
def test_a_killed_instance_resumes_in_its_retry(airflow, backend):
    _, journal, output = kill(airflow, backend, f"killed_{backend}", signal.SIGTERM)
    assert "was killed; a retry resumes it" in output
    events = events_in(journal)
    assert killed(events)
    complete = [event for event in events if event["event_type"] == "batch_complete"]
    assert sorted(event["batch_id"] for event in complete) == [f"batch_{number:05d}" for number in range(20)]
    assert {event["attempt"] for event in complete} == {1, 2}
    result = journal.parents[2] / "result" / "result.txt"
    assert result.read_text().splitlines() == LINES
    assert not slots(journal.parent)


def test_what_was_under_way_when_the_process_died_is_told_by_the_next_try(airflow):
    dag_id = "told_bash_fork"  # its slots die with it; GNU Parallel's may still commit what they have in hand
    file, journal, _ = kill(airflow, "bash_fork", dag_id, signal.SIGKILL)
    assert not killed(events_in(journal))
    run_id = journal.parents[3].name
    (instance,) = airflow.instances(SimpleNamespace(dag_id=dag_id, run_id=run_id), "map")
    assert airflow.run_again(airflow.load(file)[dag_id], instance) == "success"
    recorded = killed(events_in(journal))
    heard = [json.loads(line) for line in (airflow.dag_folder / "heard.jsonl").read_text().splitlines()]
    assert recorded
    assert [event["batch_id"] for event in heard] == [event["batch_id"] for event in recorded]
    assert not slots(journal.parent)


def test_what_was_under_way_in_an_instance_that_is_never_tried_again_is_told_by_the_aggregate(airflow, capfd, caplog):
    dag_id = "abandoned_bash_fork"
    file, journal, _ = kill(airflow, "bash_fork", dag_id, signal.SIGKILL)
    dag = airflow.load(file)[dag_id]
    run = SimpleNamespace(dag_id=dag_id, run_id=journal.parents[3].name)
    assert airflow.run_again(dag, airflow.instances(run, "map")[1]) == "success"
    assert not killed(events_in(journal))
    for _ in range(2):
        assert airflow.run_again(dag, airflow.instances(run, "aggregate")[0]) == "failed"
    recorded = killed(events_in(journal))
    heard = [json.loads(line) for line in (airflow.dag_folder / "heard.jsonl").read_text().splitlines()]
    assert recorded
    assert [event["batch_id"] for event in heard] == [event["batch_id"] for event in recorded]
    assert "shard 0 is not finished" in caplog.text + "".join(capfd.readouterr())
    assert airflow.run_again(dag, airflow.instances(run, "map")[0]) == "success"
    assert airflow.run_again(dag, airflow.instances(run, "aggregate")[0]) == "success"
    assert (journal.parents[2] / "result" / "result.txt").read_text().splitlines() == LINES


def wait_for_commit(folder):
    def committing():
        journals = folder.glob("*/slow/shards/0000/journal.jsonl")
        return [journal for journal in journals if journal.read_text().count('"batch_complete"') >= 3]

    wait_for(committing)
    return committing()[0]


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


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
