"""``@task.parallel_map`` in a real Airflow."""

import pytest

from airflow_unifyweaver.run.retention import ITEM_LISTS

DAG_FILE = """
    import re

    from airflow.sdk import dag, task

    LEVEL = re.compile("ERROR")


    def is_error(line):
        return LEVEL.search(line) is not None


    @dag
    def over_a_file():
        @task
        def path():
            return "{path}"

        @task.parallel_map(
            source={{"type": "text"}},
            batch={{"batch_size": 10}},
            aggregation={{"reduce": "sum"}},
            parallel={{"backend": "{backend}"}},
        )
        def errors(lines):
            return sum(map(is_error, lines))

        errors(path())


    @dag
    def over_a_list():
        @task
        def numbers():
            return list(range(100))

        @task.parallel_map
        def squares(numbers):
            return [number**2 for number in numbers[:len(numbers)]]

        @task
        def report(published):
            assert published["results"] == 100

        report(squares(numbers()))


    over_a_file()
    over_a_list()
"""
GROUPED = """
    from airflow.sdk import DAG, TaskGroup, task


    @task.parallel_map
    def doubled(numbers):
        return [2 * number for number in numbers]


    with DAG("grouped"):
        for group, numbers in (("north", [1, 2]), ("south", [3])):
            with TaskGroup(group):
                doubled(numbers)
"""


@pytest.fixture
def write_dag(airflow, tmp_path):
    def write(backend):
        (tmp_path / "log.txt").write_text("".join(f"{'ERROR' if n % 3 else 'INFO'} {n}\n" for n in range(1000)))
        return airflow.write(f"decorated_{backend}.py", DAG_FILE.format(path=tmp_path / "log.txt", backend=backend))

    return write


@pytest.mark.parametrize("backend", ["bash_fork", "gnu_parallel", "dask"])
def test_a_function_that_uses_its_module_runs_over_a_file_on_any_backend(airflow, write_dag, backend):
    run = airflow.run(write_dag(backend), "over_a_file")
    assert run.state == "success"
    assert airflow.published(run, "errors") == [666]
    journals = airflow.folder(run, "errors").glob("shards/*/journal.jsonl")
    assert sum(journal.read_text().count('"batch_complete"') for journal in journals) == 100


def test_a_list_from_another_task_becomes_batches(airflow, write_dag):
    run = airflow.run(write_dag("bash_fork"), "over_a_list")
    assert run.state == "success"
    assert airflow.published(run, "squares") == [number**2 for number in range(100)]
    lists = airflow.folder(run, "squares").parent.glob(ITEM_LISTS)
    assert [path.name for path in lists] == ["squares.items.jsonl"]


def test_one_function_in_two_groups_makes_two_jobs(airflow):
    run = airflow.run(airflow.write("grouped.py", GROUPED), "grouped")
    assert run.state == "success"
    assert airflow.published(run, "north.doubled") == [2, 4]
    assert airflow.published(run, "south.doubled") == [6]
