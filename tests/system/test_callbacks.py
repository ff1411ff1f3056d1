"""Callbacks of the mapped operator, in a real Airflow."""

import json
import time

import pytest

DAG_FILE = """
    import functools
    import json
    import time
    from pathlib import Path

    from airflow.sdk import DAG, BaseNotifier
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

    HEARD = Path(__file__).with_name("heard.jsonl")
    JOB = {
        "name": "lines",
        "source": {"type": "text", "path": "in.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "grep -v bad"},
        "parallel": {"backend": "sequential"},
        "retry": {"max_attempts": 1},
        "failure": {"budget": 1},
    }


    def write(*values):
        with HEARD.open("a") as file:
            print(json.dumps(values), file=file)


    def hear(event, by="hear"):
        write(by, event["event_type"], event["batch_id"], event["dag_id"])


    def fail(event):
        raise RuntimeError("not today")


    def sleep(event):
        time.sleep(60)


    class Notifier(BaseNotifier):
        template_fields = ("text",)

        def __init__(self, text):
            super().__init__()
            self.text = text

        def notify(self, context):
            write("notifier", self.text, context["ti"].task_id, context["batch_event"]["payload"]["error"])


    def callbacks():
        return {
            "on_batch_ready_callback": hear,
            "on_batch_claimed_callback": [hear],
            "on_batch_started_callback": functools.partial(hear, by="partial"),
            "on_batch_complete_callback": [fail, hear, lambda event: write("lambda")],
            "on_batch_failed_callback": [sleep, Notifier("{{ dag.dag_id }} {{ batch_event.batch_id }} {{ run_id }}")],
            "on_batches_complete_callback": hear,
        }


    with DAG("mapped"):
        split = BatchSplitOperator(task_id="split", job=JOB)
        parts = ParallelMapOperator.partial(task_id="map", job=JOB, **callbacks()).expand(shard=split.output)
        AggregateOperator(task_id="aggregate", job=JOB, shards=parts.output)

    with DAG("single"):
        split = BatchSplitOperator(task_id="split", job=JOB)
        part = ParallelMapOperator(task_id="map", job=JOB, shard=0, **callbacks())
        split >> part
        AggregateOperator(task_id="aggregate", job=JOB, shards=part.output)
"""


@pytest.fixture
def file(airflow):
    airflow.write("in.txt", "good\nbad\n")
    return airflow.write("callbacks.py", DAG_FILE)


@pytest.mark.parametrize("dag_id", ["mapped", "single"])
def test_callbacks_hear_of_batches_and_hurt_no_run(airflow, file, dag_id):
    started = time.monotonic()
    run = airflow.run(file, dag_id)
    assert time.monotonic() - started < 50  # one callback sleeps for a minute
    assert run.state == "success"
    heard = [json.loads(line) for line in (airflow.dag_folder / "heard.jsonl").read_text().splitlines()]
    both = ["batch_00000", "batch_00001"]
    expected = [["hear", kind, batch, dag_id] for kind in ("batch_ready", "batch_claimed") for batch in both]
    expected += [["partial", "batch_started", batch, dag_id] for batch in both]
    expected += [["hear", "batch_complete", "batch_00000", dag_id], ["lambda"]]
    expected += [["hear", "batches_complete", None, dag_id]]
    told = [values for values in heard if values[0] == "notifier"]
    assert sorted(map(str, (values for values in heard if values not in told))) == sorted(map(str, expected))
    ((_, text, task_id, error),) = told
    assert (text, task_id) == (f"{dag_id} batch_00001 {run.run_id}", "map")
    assert "1" in error


def test_callbacks_are_serialized_by_name_and_always_alike(airflow, file):
    from airflow.serialization.serialized_objects import DagSerialization

    first, second = (
        {name: json.dumps(DagSerialization.to_dict(dag)) for name, dag in airflow.load(file).items()} for _ in range(2)
    )
    assert first == second
    assert '"on_batch_complete_callback": "fail, hear, callbacks.<locals>.<lambda>"' in first["mapped"]
    assert "not today" not in first["mapped"]
    DagSerialization.from_dict(json.loads(first["mapped"]))


def test_a_callback_that_cannot_be_called_is_an_import_error(airflow, file):
    from airflow.dag_processing.dagbag import DagBag

    file.write_text(file.read_text().replace('"on_batch_ready_callback": hear', '"on_batch_ready_callback": "hear"'))
    (error,) = DagBag(file).import_errors.values()
    assert "on_batch_ready_callback: wanted a function, a notifier, or a list of them, got 'hear'" in error
