"""An application of Spark: what it brings to its workers, what is said when it fails, and that it always ends."""

import json
import signal
import subprocess
import sys
import time
from textwrap import dedent

import psutil
import pytest

ENDED_SECONDS = 10
WORK = """
    import time
    from pathlib import Path

    import airflow_unifyweaver


    def slow(batch):
        time.sleep(1)


    def facts(batch):
        from airflow_unifyweaver import BatchJob, run_job
        from airflow_unifyweaver.exceptions import NestedParallelismError

        job = {"name": "inner", "source": {"type": "text", "path": "lines.txt"}, "work": {"command": "cat"}}
        try:
            run_job(BatchJob.from_dict(job))
        except NestedParallelismError as error:
            return [airflow_unifyweaver.__file__, str(error)]


    def elastic(batch):
        mark = Path(__file__).with_name("end" if "0" in list(batch) else "go on")
        while not mark.exists():
            time.sleep(0.05)


    def fails(batch):
        raise ValueError("no good")
"""


@pytest.fixture
def start(spark_client, tmp_path):
    """Starts a run of work on Spark: a process, and the folder of its run."""
    (tmp_path / "lines.txt").write_text("".join(f"{number}\n" for number in range(100)))
    (tmp_path / "mine.py").write_text(dedent(WORK))
    processes = []

    def start(work, batch_size=1, workers=2, **spark):
        fields = {
            "name": "spark",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"batch_size": batch_size},
            "work": {"python": f"mine:{work}"},
            "retry": {"max_attempts": 1},
            "parallel": {"backend": "spark", "strict": True, "workers": workers, "spark": spark},
        }
        (tmp_path / "job.json").write_text(json.dumps(fields))
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.json", "--run-dir", "run"]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, cwd=tmp_path, **streams))
        return processes[-1], tmp_path / "run"

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_workers_have_the_package_from_the_archive_and_refuse_to_be_nested(start, spark_client):
    process, _ = start("facts", 50, master=spark_client.master_url)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    places = {json.loads(line) for line in output.splitlines()}
    refusals = {place for place in places if "parallel job from inside a worker" in place}
    assert len(refusals) == 1
    assert places - refusals
    assert all(".zip/airflow_unifyweaver/" in place for place in places - refusals)


def test_executors_come_while_shards_wait_and_go_when_none_is_left_for_them(start, spark_client, tmp_path):
    process, _ = start("elastic", 10, {"min": 1, "max": 3}, master=spark_client.master_url)
    spark_client.wait_until(lambda: executors_and_cores(spark_client) == (3, 3), "had three executors", 120)
    (tmp_path / "go on").touch()
    spark_client.wait_until(lambda: executors_and_cores(spark_client) == (1, 1), "had one executor again", 120)
    (tmp_path / "end").touch()
    output, errors = process.communicate()
    assert (process.returncode, output) == (0, ""), errors


def executors_and_cores(spark):
    """Return how many executors there are, and how many cores the master says that the application has."""
    return len(spark.executors()), sum(application["cores"] for application in spark.applications()[:1])


@pytest.mark.parametrize(
    ("work", "spark", "message"),
    [
        ("fails", {}, "no good"),
        ("slow", {"executor_memory": "lots"}, "Executor memory must be a positive number; the application's log is "),
        ("slow", {"master": "spark://127.0.0.1:1"}, "(parallel.spark.master) does not answer: "),
    ],
)
def test_what_went_wrong_is_one_clear_message(start, work, spark, message):
    process, _ = start(work, **spark)
    output, errors = process.communicate()
    assert (process.returncode, output) == (1, "")
    assert message in errors
    assert "Traceback" not in errors
    assert "\tat " not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_was_stopped(start, spark_client, number):
    process, run = start("slow", master=spark_client.master_url)
    journals = run / "shards"
    spark_client.wait_until(
        lambda: any(b"batch_started" in one.read_bytes() for one in journals.glob("*/journal.jsonl")), "worked", 120
    )
    application, *_ = spark_client.applications()
    assert application["state"] == "RUNNING"
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    deadline = time.monotonic() + ENDED_SECONDS
    while left(spark_client, below, run):
        assert time.monotonic() < deadline, left(spark_client, below, run)
        time.sleep(0.1)


def left(spark, below, run):
    """Return what is left of a run: its application, its processes here, and those in executors."""
    running = [app["id"] for app in spark.applications() if app["state"] in {"RUNNING", "WAITING"}]
    here = [one for one in below if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    return running + here + spark.executors() + spark.processes("", str(run))
