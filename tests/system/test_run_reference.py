"""The reference to its run that a mapped instance keeps from one try to the next."""

import pytest

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {{
        "name": "{name}",
        "source": {{"type": "text", "path": "in.txt"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": "cat"}},
        "parallel": {{"backend": "sequential", "map_tasks": 2}},
    }}

    with DAG("kept"):
        batch_task_group(job, group_id="lines")
"""


@pytest.fixture
def finished(airflow):
    airflow.write("in.txt", "a\nb\n")
    file = airflow.write("kept.py", DAG_FILE.format(name="lines"))
    return file, airflow.run(file, "kept")


def references(airflow, run):
    from airflow.models.task_state_store import TaskStateStoreModel

    return {row.map_index: row.value for row in airflow._of_run(TaskStateStoreModel, run)}


def test_every_mapped_instance_keeps_its_run_and_shard(airflow, finished):
    _, run = finished
    folder = str(airflow.folder(run, "lines"))
    kept = references(airflow, run)
    assert sorted(kept) == [0, 1]
    assert all(folder in str(value) for value in kept.values())


def test_a_retry_that_would_look_elsewhere_says_where_the_run_is(airflow, finished, capfd, caplog):
    file, run = finished
    airflow.write("kept.py", DAG_FILE.format(name="renamed"))
    instance = airflow.instances(run, "lines.map")[0]
    assert airflow.run_again(airflow.load(file)["kept"], instance) == "failed"
    output = caplog.text + "".join(capfd.readouterr())
    assert f"the last try worked in {airflow.folder(run, 'lines')}" in output
    assert "the job's name has changed since; restore it, or begin anew" in output


def test_begun_anew_elsewhere_it_goes_on_there(airflow, finished):
    file, run = finished
    airflow.write("kept.py", DAG_FILE.format(name="renamed"))
    dag = airflow.load(file)["kept"]
    for task_id in ("lines.split", "lines.map", "lines.aggregate"):
        for instance in airflow.instances(run, task_id):
            assert airflow.run_again(dag, instance) == "success"
    assert (airflow.folder(run, "renamed") / "result" / "result.txt").read_text() == "a\nb\n"
    assert all("renamed" in str(value) for value in references(airflow, run).values())
