"""A whole Airflow in processes of its own: scheduler, API server, DAG processor and triggerer, with LocalExecutor."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from services.ports import free_ports

AIRFLOW = Path(sys.executable).with_name("airflow")
START_SECONDS = 240


class Standalone:
    """An Airflow that is up, or comes up.

    :param home: its folder.
    """

    def __init__(self, home):
        self.home = home
        self._processes = []
        self._replaced = {}
        self._token = None
        self._start("standalone")

    def _start(self, *arguments):
        with (self.home / f"{arguments[0]}_{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen([AIRFLOW, *arguments], stdout=log, stderr=log, start_new_session=True)
        self._processes.append(process)
        return process

    def trigger(self, dag_id, run_id):
        """Trigger a DAG as soon as Airflow knows it, and return the folder of that DAG run."""
        deadline = time.monotonic() + START_SECONDS
        while not self._triggers(dag_id, run_id):
            assert time.monotonic() < deadline, f"Airflow did not come up, see {self.home}"
            time.sleep(0.5)
        return self.home / "unifyweaver" / dag_id / run_id

    def _triggers(self, dag_id, run_id):
        try:
            self.ask("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "logical_date": None})
        except httpx.TransportError:
            return False
        except httpx.HTTPStatusError as error:
            code = error.response.status_code
            if code not in {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}:
                raise
            return code == httpx.codes.CONFLICT  # triggered before, by what was not answered in time
        return True

    def ask(self, method, path, **options):
        """Ask the API, as Airflow's pages do, and return its answer."""
        server = f"http://127.0.0.1:{os.environ['AIRFLOW__API__PORT']}"
        if self._token is None:
            self._token = _login(f"{server}/auth/token").raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = httpx.request(method, f"{server}/api/v2/{path}", headers=headers, timeout=60, **options)
        return answer.raise_for_status().json()

    def kill(self, part, seconds=0):
        """Kill the scheduler or the triggerer, and put another in its place some time later.

        Whoever runs Airflow has to: standalone does not do that by itself. Tasks of a dead scheduler go on until
        Airflow takes them away from it.
        """
        os.kill(self._replaced[part].pid if part in self._replaced else self._first(part), signal.SIGKILL)
        time.sleep(seconds)
        self._replaced[part] = self._start(part, "--skip-serve-logs")

    def _first(self, part):
        standalone = self._processes[0].pid
        children = [
            int(child)
            for task in Path(f"/proc/{standalone}/task").glob("*/children")
            for child in task.read_text().split()
        ]
        (found,) = (child for child in children if part.encode() in Path(f"/proc/{child}/cmdline").read_bytes())
        return found

    def stop(self):
        """End all processes."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):  # what a killed part left behind is in its group still
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _login(address):
    if os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "True":
        return httpx.get(address)
    return httpx.post(address, json={"username": "admin", "password": "admin"})


@contextmanager
def standalone_airflow(home, **settings):
    """Run an Airflow over the DAGs in a folder ``dags``; this process and its children are set up as its parts are.

    :param home: its folder, with that folder in it.
    :param settings: more environment variables; without a database of its own it has sqlite.
    """
    path = f"{AIRFLOW.parent}:{settings.get('PATH', os.environ['PATH'])}"  # Airflow starts its parts by name
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (_settings(home) | settings | {"PATH": path}).items():
            environment.setenv(name, str(value))
        environment.delenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", raising=False)
        airflow = Standalone(home)
        try:
            yield airflow
        finally:
            airflow.stop()


def _settings(home):
    port, triggerer_log_port, worker_log_port = free_ports(3)
    return {
        "AIRFLOW_HOME": home,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "AIRFLOW__CORE__DAGS_FOLDER": home / "dags",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": False,
        "AIRFLOW__CORE__PARALLELISM": 4,  # sqlite bears no more
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": triggerer_log_port,
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": worker_log_port,
        # A dead scheduler is noticed within seconds, not minutes.
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": 10,
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 5,
    }
