"""DAGs whose storage is a URL: an HDFS, which is all that their tasks have in common."""

import json
import uuid

import pytest
from url_runs import batches_at, commits_at

from airflow_unifyweaver.run.remote.store import Store

DAG_FILE = """
    import os
    import tempfile

    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    def on_a_machine_of_its_own(context):
        os.environ["UNIFYWEAVER_STAGING"] = tempfile.mkdtemp(dir="{stagings}")

    job = {{
        "name": "lines",
        "source": {{"type": "command", "command": "seq 20"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": "{command}"}},
        "parallel": {{"backend": "bash_fork", "workers": 2, "map_tasks": 2}},
        "retry": {{"max_attempts": 1}},
        "aggregation": "concat",
        "output": {{"path": "{storage}/lines.jsonl"}},
    }}

    with DAG("{dag_id}", default_args={{"on_execute_callback": on_a_machine_of_its_own}}):
        batch_task_group(job, group_id="lines")
"""
NUMBERS = [str(number) for number in range(1, 21)]


@pytest.fixture
def storage(hdfs, monkeypatch, tmp_path):
    url = f"{hdfs.url}/storage/{uuid.uuid4().hex}"
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", url)
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path))
    return url


@pytest.fixture
def write_dag(airflow, storage, tmp_path):
    def write(dag_id, command="cat"):
        text = DAG_FILE.format(dag_id=dag_id, command=command, stagings=tmp_path, storage=storage)
        return airflow.write(f"{dag_id}.py", text)

    return write


def folder(storage, run):
    return f"{storage}/{run.dag_id}/{run.run_id.replace(':', '=3A')}/lines"


def test_a_dag_whose_tasks_share_a_url_only(airflow, write_dag, storage, tmp_path):
    run = airflow.run(write_dag("at_a_url"), "at_a_url")
    assert run.state == "success"
    url = folder(storage, run)
    assert Store(url).read("result/result.txt").decode().split() == NUMBERS
    assert list(map(json.loads, Store(storage).read("lines.jsonl").splitlines())) == NUMBERS
    (published,) = (value for (task, _), value in airflow.xcoms(run).items() if task == "lines.aggregate")
    assert f"{url}/result/result.txt" in str(published)
    assert len(list(tmp_path.iterdir())) == 4  # split, twice map, aggregate


def test_what_failed_goes_on_elsewhere(airflow, write_dag, storage, tmp_path):
    file = write_dag("mended_at_a_url", f"read -r line; test $line -lt 18 -o -e {tmp_path}/mended && echo $line")
    run = airflow.run(file, "mended_at_a_url")
    assert run.state == "failed"
    before = commits_at(folder(storage, run))
    assert 10 <= len(before) < 20
    (tmp_path / "mended").touch()
    dag = airflow.load(file)["mended_at_a_url"]
    for instance in [*airflow.instances(run, "lines.map"), *airflow.instances(run, "lines.aggregate")]:
        assert airflow.run_again(dag, instance) == "success"
    after = commits_at(folder(storage, run))
    assert [event for event in after if event in before] == before
    assert len(after) == len(batches_at(folder(storage, run))) == 20
    assert Store(folder(storage, run)).read("result/result.txt").decode().split() == NUMBERS


def test_a_changed_job_sets_the_run_aside(airflow, write_dag, storage):
    file = write_dag("changed_at_a_url")
    run = airflow.run(file, "changed_at_a_url")
    file.write_text(file.read_text().replace("seq 20", "seq 3"))
    dag = airflow.load(file)["changed_at_a_url"]
    for task_id in ("lines.split", "lines.map", "lines.aggregate"):
        for instance in airflow.instances(run, task_id):
            assert airflow.run_again(dag, instance) == "success"
    url = folder(storage, run)
    assert Store(url).read("result/result.txt").decode().split() == NUMBERS[:3]
    assert Store(f"{url}.superseded-1").read("result/result.txt").decode().split() == NUMBERS
