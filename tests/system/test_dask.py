"""A DAG whose batches are worked on by a Dask cluster that a connection leads to."""

import json
import signal
import subprocess
import sys

import pytest
from placed_shards import commits, placed_shards, wait_until

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

    job = {{
        "name": "lines",
        "source": {{"type": "text", "path": "in.txt"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": "sleep {seconds}; cat"}},
        "aggregation": "{reduce}",
    }}

    with DAG("{dag_id}", default_args={{"retries": 1, "retry_delay": 0}}):
        split = BatchSplitOperator(task_id="split", job=job, conn_id="cluster")
        parts = ParallelMapOperator.partial(task_id="map", job=job, conn_id="cluster").expand(shard=split.output)
        AggregateOperator(task_id="aggregate", job=job, shards=parts.output)
"""
RUN = "import sys; from airflow.dag_processing.dagbag import DagBag; DagBag(sys.argv[1]).dags[sys.argv[2]].test()"
LINES = [str(number) for number in range(40)]


@pytest.fixture
def write_dag(airflow, dask_cluster, monkeypatch):
    """Writes a DAG whose connection leads to the cluster; ``auto`` takes that for a few bytes."""
    extra = {"address": dask_cluster.address}
    monkeypatch.setenv("AIRFLOW_CONN_CLUSTER", json.dumps({"conn_type": "unifyweaver_dask", "extra": extra}))
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__GNU_PARALLEL_BELOW", "10")
    airflow.write("in.txt", "".join(f"{line}\n" for line in LINES))

    def write(dag_id, **fields):
        return airflow.write(f"{dag_id}.py", DAG_FILE.format(dag_id=dag_id, **fields))

    return write


def test_a_connection_leads_to_the_cluster_and_one_instance_waits_for_it(airflow, write_dag, dask_cluster):
    run = airflow.run(write_dag("on_dask", seconds=0, reduce="count"), "on_dask")
    assert run.state == "success"
    assert airflow.published(run, "lines") == [len(LINES)]
    plan = json.loads((airflow.folder(run, "lines") / "plan" / "plan.json").read_text())
    assert (plan["backend"], plan["notices"]) == ("dask", [])
    assert dask_cluster.address not in (airflow.folder(run, "lines") / "job.json").read_text()
    (instance,) = airflow.instances(run, "map")
    assert instance.rendered_map_index == "shards 0-1 (batches 0-39)"


def test_a_killed_task_leaves_nothing_on_the_cluster_and_its_retry_goes_on(airflow, write_dag):
    file = write_dag("killed_on_dask", seconds=0.1, reduce="concat")
    folder = airflow.home / "unifyweaver" / "killed_on_dask"

    def committed():
        return sum(map(commits, folder.glob("*/lines")))

    command = [sys.executable, "-c", RUN, file, "killed_on_dask"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        wait_until(lambda: committed() >= 3)
        first = placed_shards(folder)
        assert first
        run.send_signal(signal.SIGTERM)
        wait_until(lambda: not set(first) & set(placed_shards(folder)), seconds=10)
        assert committed() < len(LINES)
        output = run.communicate(timeout=120)[0]
    assert "was killed; a retry resumes it" in output
    (result,) = folder.glob("*/lines/result/result.*")
    assert result.read_text().splitlines() == LINES
    assert committed() == len(LINES)
    assert not placed_shards(folder)
