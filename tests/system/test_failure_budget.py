"""The failure budget is that of the run: its journals decide, and not the states of the mapped instances."""

import pytest

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

    job = {{
        "name": "lines",
        "source": {{"type": "text", "path": "in.txt"}},
        "batch": {{"batch_size": 1}},
        "work": {{"command": "grep -v bad"}},
        "parallel": {{"backend": "sequential", "map_tasks": 4}},
        "retry": {{"max_attempts": 1}},
        "failure": {{"budget": "{budget}"}},
        "aggregation": "count",
    }}


    def finish_badly(context, result=None):
        if context["ti"].map_index == 2:
            raise RuntimeError("its work is done, and yet it fails")


    with DAG("budget"):
        split = BatchSplitOperator(task_id="split", job=job)
        parts = ParallelMapOperator.partial(task_id="map", job=job, post_execute={hook}).expand(shard=split.output)
        AggregateOperator(task_id="aggregate", job=job, shards=parts.output, retries=3)
"""


@pytest.fixture
def run(airflow):
    """Run 40 batches in 4 shards, of which some are bad."""

    def run(bad, budget, hook="None"):
        lines = ("bad" if number in bad else "good" for number in range(40))
        (airflow.dag_folder / "in.txt").write_text("".join(f"{line}\n" for line in lines))
        return airflow.run(airflow.write("budget.py", DAG_FILE.format(budget=budget, hook=hook)), "budget")

    return run


def states(airflow, run, task_id):
    return [instance.state for instance in airflow.instances(run, task_id)]


def test_within_the_budget_the_result_is_published_and_says_what_is_missing(airflow, run):
    done = run(bad=(0, 11, 12, 33), budget="10%")
    assert done.state == "success"
    assert airflow.published(done, "lines") == [36]
    facts = airflow.xcoms(done)["aggregate", -1]
    assert (facts["batches"], facts["failed"], facts["results"]) == (40, 4, 36)


def test_above_the_budget_the_aggregate_says_so_once_for_all_shards(airflow, run, capfd, caplog):
    done = run(bad=(0, 11, 12, 33, 34), budget="10%")
    assert done.state == "failed"
    assert states(airflow, done, "map") == ["success"] * 4
    assert states(airflow, done, "aggregate") == ["failed"]  # and not up for retry
    assert not (airflow.folder(done, "lines") / "result" / "_SUCCESS").exists()
    output = caplog.text + "".join(capfd.readouterr())
    assert "5 of 40 batches failed, and failure.budget allows 4:" in output
    assert "batch_00000, batch_00011, batch_00012 and 2 more" in output


def test_with_a_higher_budget_the_cleared_aggregate_publishes(airflow, run):
    done = run(bad=(0, 11, 12, 33, 34), budget="10%")
    file = airflow.write("budget.py", DAG_FILE.format(budget="15%", hook="None"))
    assert airflow.run_again(airflow.load(file)["budget"], airflow.instances(done, "aggregate")[0]) == "success"
    assert airflow.published(done, "lines") == [35]


def test_damaged_results_are_named_and_made_again(airflow, run, capfd, caplog):
    done = run(bad=(), budget="0%")
    (segment,) = (airflow.folder(done, "lines") / "shards" / "0001" / "segments").iterdir()
    segment.write_bytes(b"x" * segment.stat().st_size)
    dag = airflow.load(airflow.dag_folder / "budget.py")["budget"]
    assert airflow.run_again(dag, airflow.instances(done, "aggregate")[0]) == "failed"
    assert "are damaged" in caplog.text + "".join(capfd.readouterr())
    assert airflow.run_again(dag, airflow.instances(done, "map")[1]) == "success"
    assert airflow.run_again(dag, airflow.instances(done, "aggregate")[0]) == "success"
    assert airflow.published(done, "lines") == [40]


def test_a_shard_that_breaks_the_budget_alone_fails_and_the_aggregate_says_why(airflow, run, capfd, caplog):
    done = run(bad=(10, 11, 12), budget="5%")
    assert states(airflow, done, "map") == ["success", "failed", "success", "success"]
    assert states(airflow, done, "aggregate") == ["failed"]
    assert "3 of 40 batches failed, and failure.budget allows 2:" in caplog.text + "".join(capfd.readouterr())


def test_an_instance_that_failed_after_its_work_was_done_loses_nothing(airflow, run):
    done = run(bad=(0,), budget="10%", hook="finish_badly")
    assert states(airflow, done, "map") == ["success", "success", "failed", "success"]
    assert done.state == "success"
    assert airflow.published(done, "lines") == [39]


def test_when_every_instance_fails_the_aggregate_is_not_run(airflow, run):
    done = run(bad=range(40), budget="0%")
    assert states(airflow, done, "map") == ["failed"] * 4
    assert states(airflow, done, "aggregate") == ["upstream_failed"]


SKIPPED = """
    from airflow.sdk import DAG, task
    from airflow.sdk.exceptions import AirflowSkipException
    from airflow_unifyweaver.dags import batch_task_group

    job = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "cat"}}

    with DAG("skipped"):

        @task
        def nothing_today():
            raise AirflowSkipException

        nothing_today() >> batch_task_group(job)
"""


def test_what_is_skipped_before_the_job_skips_all_of_it(airflow):
    done = airflow.run(airflow.write("skipped.py", SKIPPED), "skipped")
    found = [states(airflow, done, f"lines.{task_id}") for task_id in ("split", "map", "aggregate")]
    assert found == [["skipped"]] * 3
