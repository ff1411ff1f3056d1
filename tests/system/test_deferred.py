"""Tasks whose work clusters do, in a whole Airflow with one worker slot, on real engines.

Deferred, they hold no slot, outlive the triggerer, and leave nothing on the cluster when they are cleared or marked;
waiting, they find their job again when their worker was killed.
"""

import json
import time
from textwrap import dedent

import httpx
import psutil
import pytest
from standalone import standalone_airflow

from airflow_unifyweaver.run.lock import is_locked

BACKENDS = ("dask", "spark", "hadoop_streaming")
BATCHES = 6
CANCEL_SECONDS = 10
SETTINGS = {
    "AIRFLOW__CORE__PARALLELISM": 1,
    # What is dead is noticed within seconds, not minutes.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 20,
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 5,
    "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": 2,
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": 10,
}
DAG_FILE = """
    import json
    from datetime import timedelta
    from pathlib import Path

    from airflow.sdk import DAG, task
    from airflow_unifyweaver import AggregateOperator, BatchSplitOperator, ParallelMapOperator

    HERE = Path(__file__).parent
    PARALLEL = {parallel}

    def hear(event):
        with (HERE / f"heard_{{event['dag_id']}}.jsonl").open("a") as file:
            print(json.dumps(event), file=file)

    for backend, options in PARALLEL.items():
        for kind in ("deferred", "waiting", "limited"):
            job = {{
                "name": "held",
                "source": {{"type": "text", "path": "lines.txt"}},
                "batch": {{"batch_size": 1}},
                "work": {{"command": f"while [ ! -e {{HERE}}/release_{{backend}} ]; do sleep 0.1; done; cat"}},
                "parallel": options | {{"backend": backend, "workers": 2, "strict": True}},
            }}
            with DAG(f"{{kind}}_{{backend}}", default_args={{"retries": 9, "retry_delay": 0}}):
                split = BatchSplitOperator(task_id="split", job=job)
                parts = ParallelMapOperator.partial(
                    task_id="map",
                    job=job,
                    deferrable=kind != "waiting",
                    execution_timeout=timedelta(seconds=15) if kind == "limited" else None,
                    on_batch_complete_callback=hear,
                ).expand(shard=split.output)
                AggregateOperator(task_id="aggregate", job=job, shards=parts.output)

    with DAG("beside"):

        @task
        def small():
            return 1

        small()
"""


class Run:
    """A run of a DAG whose one mapped instance has its work on a cluster."""

    def __init__(self, airflow, dag_id, run_id, engine):
        self.airflow, self.dag_id, self.run_id, self.engine = airflow, dag_id, run_id, engine
        self.folder = airflow.home / "unifyweaver" / dag_id / run_id / "held" / "cluster" / "0000"
        self.path = f"dags/{dag_id}/dagRuns/{run_id}"
        airflow.trigger(dag_id, run_id)

    def job(self):
        """Return the engine's id of the job that the last launch is, or None."""
        try:
            launch = (self.folder / "current").read_text()
            return json.loads((self.folder / launch / "driver.json").read_text())["job"]
        except FileNotFoundError:
            return None

    def is_at_work(self):
        return any(map(is_locked, self.folder.parents[1].glob("shards/*/lock")))

    def instance(self):
        return self.airflow.ask("GET", f"{self.path}/taskInstances/map/0")

    def works(self, state):
        """Wait until the job is at work, and the task in a state; return the job's id."""
        wait_until(lambda: self.job() is not None and self.engine.has(self.job()) and self.is_at_work(), 300)
        wait_until(lambda: self.instance()["state"] == state, 180)
        if state == "deferred":
            wait_until(self.is_taken_up, 180)
        return self.job()

    def is_taken_up(self):
        """Tell whether the triggerer waits: a kill in the moment before that is not heard of."""
        launch = self.folder / (self.folder / "current").read_text()
        deferred = launch / "deferred"
        return deferred.exists() and (launch / "waiting").stat().st_mtime > deferred.stat().st_mtime

    def launches(self):
        return len(list(self.folder.glob("*/driver.json")))

    def mark(self, state):
        self.airflow.ask("PATCH", f"{self.path}/taskInstances/map/0", json={"new_state": state})

    def clear(self):
        body = {"dry_run": False, "task_ids": [["map", 0]], "dag_run_id": self.run_id, "only_failed": False}
        self.airflow.ask("POST", f"dags/{self.dag_id}/clearTaskInstances", json=body)

    def succeeds(self):
        wait_until(lambda: self.airflow.ask("GET", self.path)["state"] in ("success", "failed"), 300)
        assert self.airflow.ask("GET", self.path)["state"] == "success"

    def is_gone(self, job):
        """Wait until a job is on its cluster no more, and nothing works for it; return how long that took."""
        begin = time.monotonic()
        wait_until(lambda: not self.engine.has(job) and not self.is_at_work(), 180)
        return time.monotonic() - begin


class Dask:
    def __init__(self, cluster):
        self.parallel = {"dask": {"address": cluster.address}}
        self._address = cluster.address

    def has(self, job):
        from distributed import Client

        with Client(self._address, set_as_default=False) as client:
            keys = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
        return any(str(key).startswith(job) for key in keys)


class Spark:
    def __init__(self, cluster):
        self.parallel = {"spark": {"master": cluster.master_url}}
        self._cluster = cluster

    def has(self, job):
        return any(app["id"] == job and app["state"] in ("RUNNING", "WAITING") for app in self._cluster.applications())


class Hadoop:
    def __init__(self, cluster):
        self.parallel = {}
        self._cluster = cluster

    def has(self, job):
        try:
            return self._cluster.application(job)["finalStatus"] == "UNDEFINED"
        except httpx.HTTPStatusError:
            return False


@pytest.fixture(scope="module")
def engines(started_dask, started_spark, started_yarn):
    for service in (started_dask, started_spark, started_yarn):
        service.start()
    return dict(zip(BACKENDS, (Dask(started_dask), Spark(started_spark), Hadoop(started_yarn)), strict=True))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, engines, started_spark, started_yarn):
    """An Airflow in which one task at a time runs, with one DAG a backend and way to wait."""
    home = tmp_path_factory.mktemp("deferred")
    (home / "dags").mkdir()
    parallel = {backend: engine.parallel for backend, engine in engines.items()}
    (home / "dags" / "held.py").write_text(dedent(DAG_FILE.format(parallel=parallel)))
    (home / "dags" / "lines.txt").write_text("".join(f"{number}\n" for number in range(BATCHES)))
    with standalone_airflow(home, **SETTINGS, **started_spark.settings | started_yarn.settings) as airflow:
        yield airflow
    for backend in BACKENDS:
        release(airflow, backend)
    wait_until(lambda: not drivers(home), 180)


def drivers(folder):
    """Return the processes that lead launches below a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if "airflow_unifyweaver.backends.driver" in command and str(folder) in command:
            found.append(process)
    return found


def release(airflow, backend):
    (airflow.home / "dags" / f"release_{backend}").touch()


def hold(airflow, backend):
    (airflow.home / "dags" / f"release_{backend}").unlink(missing_ok=True)


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("backend", ["spark", "hadoop_streaming"])
def test_a_deferred_task_holds_no_slot_and_outlives_the_triggerer(airflow, engines, backend):
    hold(airflow, backend)
    run = Run(airflow, f"deferred_{backend}", "undisturbed", engines[backend])
    job = run.works("deferred")
    airflow.trigger("beside", f"beside_{backend}")
    wait_until(lambda: airflow.ask("GET", f"dags/beside/dagRuns/beside_{backend}")["state"] == "success", 180)
    assert run.instance()["state"] == "deferred"
    airflow.kill("triggerer")
    waiting = next(run.folder.glob("*/waiting"))
    touched = waiting.stat().st_mtime
    wait_until(lambda: waiting.stat().st_mtime > touched + 2, 180)  # the new one waits
    assert (run.job(), run.launches(), engines[backend].has(job)) == (job, 1, True)
    release(airflow, backend)
    run.succeeds()
    heard = (airflow.home / "dags" / f"heard_{run.dag_id}.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["batch_id"] for line in heard) == [f"batch_{n:05d}" for n in range(BATCHES)]
    assert not drivers(run.folder)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_deferred_task_that_is_cleared_or_failed_leaves_nothing_on_the_cluster(airflow, engines, backend):
    hold(airflow, backend)
    run = Run(airflow, f"deferred_{backend}", "cancelled", engines[backend])
    job = run.works("deferred")
    run.clear()
    seconds = run.is_gone(job)
    again = run.works("deferred")
    assert again != job
    run.mark("failed")
    print(
        f"\n{backend}: gone {seconds:.1f} s after it was cleared, {(failed := run.is_gone(again)):.1f} s after failed"
    )
    assert max(seconds, failed) < CANCEL_SECONDS
    wait_until(lambda: not drivers(run.folder), 30)


def test_a_deferred_task_whose_time_is_up_leaves_nothing_on_the_cluster(airflow, engines):
    hold(airflow, "dask")
    run = Run(airflow, "limited_dask", "late", engines["dask"])
    job = run.works("deferred")
    wait_until(lambda: run.instance()["try_number"] == 2, 240)
    assert run.is_gone(job) < CANCEL_SECONDS
    run.works("deferred")
    run.mark("success")
    wait_until(lambda: not drivers(run.folder), 30)


@pytest.mark.parametrize("backend", ["spark", "hadoop_streaming"])
def test_a_retry_finds_the_job_of_a_killed_worker(airflow, engines, backend):
    hold(airflow, backend)
    run = Run(airflow, f"waiting_{backend}", "killed", engines[backend])
    job = run.works("running")
    tries, launches = run.instance()["try_number"], run.launches()
    task = worker_of(run)
    worker = task.parent()
    worker.kill()
    task.kill()
    wait_until(lambda: run.instance()["try_number"] > tries, 240)
    assert (run.works("running"), run.launches()) == (job, launches)
    run.mark("failed")
    seconds = run.is_gone(job)
    print(f"\n{backend}: gone {seconds:.1f} s after failed")
    assert seconds < CANCEL_SECONDS
    wait_until(lambda: not drivers(run.folder), 30)


def worker_of(run):
    """Return the process of the task."""
    title = f"airflow worker -- {run.instance()['id']}"
    return next(
        process for process in psutil.process_iter(["cmdline"]) if title in " ".join(process.info["cmdline"] or [])
    )
