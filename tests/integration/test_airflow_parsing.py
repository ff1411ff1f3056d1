"""What happens when Airflow parses DAG files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "dags"
JOB = """
name: {name}
source: {{type: text, path: "{path}"}}
work: {{command: "wc -l"}}
{more}
"""
LOADER = """
    from airflow_unifyweaver.dags import load_jobs

    load_jobs("jobs")
"""
LIGHT = """
import json, sys
import airflow_unifyweaver.dags, airflow_unifyweaver
from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator
print(json.dumps([name for name in sys.modules if name.startswith("airflow_unifyweaver.")]))
"""
WATCHED = """
import json, sys
import airflow.sdk, airflow_unifyweaver.dags
from airflow.dag_processing.dagbag import DagBag

DagBag(sys.argv[2])  # Airflow opens its own files the first time
touched = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir", "os.rename", "os.remove"):
        touched.append([event, repr(arguments)])
    elif event == "open" and not (isinstance(arguments[0], str) and arguments[1] in ("r", "rb")):
        touched.append([event, repr(arguments)])
    elif event in ("open", "os.listdir", "os.scandir") and sys.argv[3] in str(arguments[0]):
        touched.append([event, repr(arguments)])

sys.addaudithook(watch)
dags = DagBag(sys.argv[1]).dags
watching = list(touched)
print(json.dumps([sorted(dags), watching]))
"""


def job(airflow, file, name="lines", path="in.txt", more=""):
    airflow.write(f"jobs/{file}", JOB.format(name=name, path=path, more=more))


def load_all(airflow):
    return airflow.load(airflow.write("loader.py", LOADER))


def import_error(airflow, text):
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(airflow.write("broken.py", text))
    assert not bag.dags
    (error,) = bag.import_errors.values()
    return error


def test_parsing_imports_nothing_that_only_running_needs():
    output = subprocess.run([sys.executable, "-c", LIGHT], check=True, stdout=subprocess.PIPE, text=True).stdout
    parts = {name.split(".")[1] for name in json.loads(output.splitlines()[-1])}
    assert parts - {"get_provider_info", "settings"} == {"dags", "exceptions", "job", "operators"}


def test_parsing_touches_neither_network_nor_storage(airflow):
    job(airflow, "a.yaml", name="first", path="hdfs://nowhere.invalid/in.txt")
    job(airflow, "b.yaml", name="second", path="https://nowhere.invalid/in.txt")
    loader, other = airflow.write("loader.py", LOADER), airflow.write("other.py", "from airflow.sdk import dag\n")
    storage = airflow.home / "unifyweaver"
    # Python may keep byte code beside DAG files, which is not ours.
    command = [sys.executable, "-B", "-c", WATCHED, loader, other, str(storage)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    dags, touched = json.loads(output.splitlines()[-1])
    assert dags == ["first", "second"]
    assert touched == []


@pytest.mark.parametrize("file", ["etl_postgres.py", "flights_delay.py", "from_job_files.py", "from_prolog.py"])
def test_two_parses_serialize_alike(airflow, file):
    from airflow.serialization.serialized_objects import DagSerialization

    first, second = (
        {name: json.dumps(DagSerialization.to_dict(dag)) for name, dag in airflow.load(EXAMPLES / file).items()}
        for _ in range(2)
    )
    assert first == second
    assert all(str(EXAMPLES / "jobs") not in text for text in first.values())


def test_a_folder_of_jobs_becomes_dags(airflow):
    job(airflow, "a.yaml", name="first", more='dag: {schedule: "@daily", start_date: 2026-01-01, tags: [ours]}')
    job(airflow, "b.yml", name="second")
    airflow.write("jobs/notes.txt", "no job")
    dags = load_all(airflow)
    assert set(dags) == {"first", "second"}
    assert dags["first"].schedule == "@daily"
    assert dags["first"].start_date.year == 2026
    assert dags["first"].fileloc == str(airflow.dag_folder / "loader.py")
    assert list(dags["second"].task_ids) == ["split", "map", "aggregate"]


def test_prolog_programs_become_dags_beside_yaml(airflow):
    job(airflow, "lines.yaml")
    airflow.write(
        "jobs/count.pl",
        """
        :- dynamic_source(line/1, external(text, 'in.txt')).
        :- dag(schedule('@daily')).
        count(N) :- aggregate_all(count, line(_), N).
        """,
    )
    airflow.write("jobs/wrong.pl", ":- paralel(count/1).\n")
    dags = load_all(airflow)
    assert set(dags) == {"lines", "count", "wrong"}
    assert dags["count"].schedule == "@daily"
    assert dags["wrong"].description.endswith("wrong.pl:1:4: unknown directive paralel/1; did you mean parallel?")


def test_without_swipl_programs_are_broken_and_the_others_are_not(airflow, monkeypatch):
    job(airflow, "lines.yaml")
    airflow.write("jobs/count.pl", ":- dynamic_source(line/1, external(text, 'in.txt')).\ncount(N) :- line(N).\n")
    monkeypatch.setenv("PATH", str(airflow.home))
    dags = load_all(airflow)
    assert list(dags["lines"].task_ids) == ["split", "map", "aggregate"]
    assert dags["count"].description.endswith("install the package swi-prolog-nox")


def test_a_broken_job_file_does_not_hide_the_others(airflow):
    job(airflow, "good.yaml", name="good")
    job(airflow, "bad.yaml", name="bad", more="paralel: {workers: 2}")
    job(airflow, "worse.yaml", name="worse", more="dag: {scedule: daily}")
    dags = load_all(airflow)
    assert set(dags) == {"good", "bad", "worse"}
    assert "did you mean parallel" in dags["bad"].description
    assert "did you mean schedule" in dags["worse"].description
    assert dags["bad"].tags == {"broken job"}
    run = dags["bad"].test()
    assert run.state == "failed"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("params: [a]", "mapping"),
        ("schedule: '@dialy'", "columns has to be specified"),
        ("schedule: [daily]", "assets"),
        ("default_args: {trigger_rule: foo}", "foo"),
        ("default_args: {retries: three}", "retries"),
        ("dag_id: 'no name'", "no name"),
        ("start_date: some day", "some day"),
    ],
)
def test_what_airflow_refuses_does_not_hide_the_others(airflow, arguments, reason):
    job(airflow, "good.yaml", name="good")
    job(airflow, "bad.yaml", name="bad", more=f"dag: {{{arguments}}}")
    dags = load_all(airflow)
    assert set(dags) == {"good", "bad"}
    assert dags["bad"].tags == {"broken job"}
    assert reason in dags["bad"].description


def test_a_job_file_can_limit_the_time_of_its_tasks(airflow):
    job(airflow, "a.yaml", name="first", more="dag: {dagrun_timeout: 60, default_args: {execution_timeout: 30}}")
    dag = load_all(airflow)["first"]
    assert dag.dagrun_timeout.total_seconds() == 60
    assert [dag.get_task(name).execution_timeout.total_seconds() for name in dag.task_ids] == [30, 30, 30]


def test_two_dags_of_one_name_are_both_seen(airflow):
    job(airflow, "a.yaml", name="first", more="dag: {dag_id: same}")
    job(airflow, "b.yaml", name="second", more="dag: {dag_id: same}")
    dags = load_all(airflow)
    assert set(dags) == {"same", "b"}
    assert "dag.dag_id: 'same' is the name of another job in this folder already" in dags["b"].description


def test_two_jobs_of_one_name_are_both_seen(airflow):
    job(airflow, "a.yaml", name="same")
    job(airflow, "b.yaml", name="same")
    dags = load_all(airflow)
    assert set(dags) == {"same", "b"}
    assert "is the name of another job in this folder already" in dags["b"].description


def test_a_folder_that_is_not_there_is_an_import_error(airflow):
    error = import_error(airflow, LOADER)
    assert "there is no such folder of jobs" in error


@pytest.mark.parametrize(
    "operator",
    ["BatchSplitOperator(task_id='split', job=job)", "ParallelMapOperator.partial(task_id='map', job=job)"],
)
def test_a_bad_job_breaks_the_import_with_its_one_message(airflow, operator):
    error = import_error(
        airflow,
        f"""
    from airflow.sdk import DAG
    from airflow_unifyweaver import BatchSplitOperator, ParallelMapOperator

    job = {{"name": "x", "source": {{"type": "text", "paht": "a"}}, "work": {{"command": "cat"}}}}
    with DAG("broken"):
        {operator}
    """,
    )
    assert "source.paht: unknown field; did you mean path?" in error


def test_two_jobs_of_one_name_in_a_dag_are_refused(airflow):
    error = import_error(
        airflow,
        """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    with DAG("regions"):
        for region in ("north", "south"):
            source = {"type": "text", "path": f"{region}.txt"}
            batch_task_group({"name": "lines", "source": source, "work": {"command": "cat"}}, group_id=region)
    """,
    )
    assert "the job of south.split is called 'lines', and so is that of north.split in the same DAG" in error


def test_the_path_of_a_job_is_relative_to_the_dag_file(airflow):
    job(airflow, "a.yaml", name="from_file")
    job(airflow, "b.yaml", name="other")
    file = airflow.write(
        "grouped.py",
        """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group, dag_from_job

    with DAG("grouped"):
        batch_task_group("jobs/a.yaml") >> batch_task_group("jobs/b.yaml", group_id="again")
    dag_from_job("jobs/a.yaml", dag_id="alone", description="its own")
    """,
    )
    dags = airflow.load(file)
    assert set(dags) == {"grouped", "alone"}
    assert dags["grouped"].task_ids == [
        f"{group}.{task}" for group in ("from_file", "again") for task in ("split", "map", "aggregate")
    ]
    assert dags["alone"].description == "its own"
