"""What a job's DAG promises, in a real Airflow."""

import json

import pytest

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

    job = {{
        "name": "lines",
        "source": {{"type": "text", "path": "{path}"}},
        "batch": {{"batch_size": {batch_size}}},
        "work": {{"command": "{command}"}},
        "aggregation": "{reduce}",
    }}

    with DAG("{dag_id}"):
        split = BatchSplitOperator(task_id="split", job=job)
        parts = ParallelMapOperator.partial(task_id="map", job=job).expand(shard=split.output)
        AggregateOperator(task_id="aggregate", job=job, shards=parts.output)
"""


def dag_file(airflow, dag_id, path, lines, batch_size=1, command="wc -l", reduce="sum"):
    (airflow.dag_folder / "in.txt").write_text("".join(f"{line}\n" for line in range(lines)))
    fields = {"path": path, "batch_size": batch_size, "command": command, "reduce": reduce}
    return airflow.write(f"{dag_id}.py", DAG_FILE.format(dag_id=dag_id, **fields))


def journals(folder):
    return {path.parent.name: path.read_bytes() for path in folder.glob("shards/*/journal.jsonl")}


@pytest.fixture
def finished(airflow):
    """A finished run of a small job, and its DAG."""
    file = dag_file(airflow, "small", "in.txt", lines=6, batch_size=2)
    return file, airflow.run(file, "small")


def test_five_thousand_batches_make_few_instances_and_tiny_xcoms(airflow):
    file = dag_file(airflow, "many", "in.txt", lines=5_000, command="cat", reduce="count")
    run = airflow.run(file, "many")
    assert run.state == "success"
    assert airflow.published(run, "lines") == [5_000]
    assert len(airflow.instances(run, "map")) == 50
    assert max(len(json.dumps(value)) for value in airflow.xcoms(run).values()) < 1_000

    before = journals(airflow.folder(run, "lines"))
    instance = airflow.instances(run, "map")[7]
    assert instance.rendered_map_index == "shard 7 (batches 700-799)"
    assert airflow.run_again(airflow.load(file)["many"], instance) == "success"
    assert journals(airflow.folder(run, "lines")) == before


def test_templates_in_the_path_are_rendered_in_all_three_operators(airflow):
    file = dag_file(airflow, "templated", "{{ dag.dag_id }}/*.txt", lines=0)
    airflow.write("templated/in.txt", "a\nb\nc\n")
    run = airflow.run(file, "templated")
    assert run.state == "success"
    assert airflow.published(run, "lines") == [3]


def test_empty_input_publishes_a_result(airflow):
    run = airflow.run(dag_file(airflow, "empty", "in.txt", lines=0, command="cat", reduce="count"), "empty")
    assert run.state == "success"
    assert airflow.published(run, "lines") == [0]
    assert [instance.rendered_map_index for instance in airflow.instances(run, "map")] == ["shard 0 (no batches)"]


def test_changed_input_begins_a_fresh_run_and_keeps_the_old_one(airflow, finished):
    file, run = finished
    (airflow.dag_folder / "in.txt").write_text("one\n")
    dag = airflow.load(file)["small"]
    for task_id in ("split", "map", "aggregate"):
        assert airflow.run_again(dag, airflow.instances(run, task_id)[0]) == "success"
    assert airflow.published(run, "lines") == [1]
    folder = airflow.folder(run, "lines")
    assert journals(folder.with_name("lines.superseded-1"))


def test_a_changed_job_is_not_mixed_with_what_was_planned(airflow, finished):
    file, run = finished
    file.write_text(file.read_text().replace("wc -l", "wc --bytes"))
    dag = airflow.load(file)["small"]
    before = journals(airflow.folder(run, "lines"))
    assert airflow.run_again(dag, airflow.instances(run, "map")[0]) == "failed"
    assert airflow.run_again(dag, airflow.instances(run, "aggregate")[0]) == "failed"
    assert journals(airflow.folder(run, "lines")) == before
    assert airflow.published(run, "lines") == [6]


def test_a_failing_batch_fails_the_run_and_publishes_nothing(airflow):
    run = airflow.run(dag_file(airflow, "failing", "in.txt", lines=2, command="exit 3"), "failing")
    assert run.state == "failed"
    assert [instance.state for instance in airflow.instances(run, "map")] == ["failed"]
    assert not (airflow.folder(run, "lines") / "result").exists()


def test_plugins_hear_of_every_batch(airflow, finished):
    _, run = finished
    heard = (airflow.home / "plugins" / "heard.jsonl").read_text().splitlines()
    events = [event for event in map(json.loads, heard) if event["run_id"] == run.run_id]
    assert [event["batch_id"] for event in events] == ["batch_00000", "batch_00001", "batch_00002"]
    assert {event["dag_id"] for event in events} == {"small"}
