"""A whole Airflow with users, whose runs the dashboard shows."""

import json
import os
import shutil
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from dashboard_clients import PATIENCE
from playwright.sync_api import expect, sync_playwright
from standalone import START_SECONDS, standalone_airflow

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.operators.storage import run_directory
from airflow_unifyweaver.runner import finish_run, plan_run

SUPPORT = Path(__file__).resolve().parents[2] / "support"
USERS = {"admin": "admin", "viewer": "viewer", "user": "user"}
"""With their roles, which are their passwords, too."""
LOADER = """
from airflow_unifyweaver.dags import load_jobs

load_jobs("jobs")
"""
JOB = """
name: {name}
source: {{type: text, path: "../stations.txt"}}
batch: {{batch_size: 2}}
work: {{command: "sleep 0.$((RANDOM % 5)); bash ../check.sh"}}
parallel: {{backend: hadoop_streaming, workers: 2, map_tasks: 3}}
retry: {{max_attempts: 2, delay: 0}}
failure: {{budget: "20%", quarantine: batch}}
dag: {{default_args: {{retries: 3, retry_delay: 0}}}}
"""
JOB_AT_URL = {
    "source": {"type": "command", "command": "seq 8"},
    "batch": {"batch_size": 2},
    "work": {"command": 'awk \'/7/ {print "no sevens" > "/dev/stderr"; exit 3} 1\''},
    "parallel": {"backend": "sequential"},
    "retry": {"max_attempts": 1},
    "failure": {"budget": 1, "quarantine": "batch"},
}
"""A job of four batches, the last of which fails and is set aside."""
CHECK = """
awk '/^13[12] / { print "station " $1 " reports " $2 > "/dev/stderr"; exit 3 } 1'
"""


@pytest.fixture(scope="package")
def dashboard(tmp_path_factory):
    """An Airflow with two DAGs of the same job, ``weather`` and ``secret``; its address and its folder."""
    home = tmp_path_factory.mktemp("dashboard")
    (home / "dags" / "jobs").mkdir(parents=True)
    (home / "dags" / "loader.py").write_text(LOADER)
    for name in ("weather", "secret"):
        (home / "dags" / "jobs" / f"{name}.yaml").write_text(JOB.format(name=name))
    (home / "dags" / "check.sh").write_text(CHECK)
    (home / "dags" / "stations.txt").write_text("".join(f"{number} {number % 40 - 5}.5\n" for number in range(240)))
    (home / "passwords.json").write_text(json.dumps(USERS))
    with standalone_airflow(
        home,
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=False,
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=",".join(f"{user}:{role}" for user, role in USERS.items()),
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=home / "passwords.json",
    ) as airflow:
        await_server(address_of_server(), home)
        yield SimpleNamespace(address=address_of_server(), airflow=airflow, home=home)


@pytest.fixture(scope="package")
def selective(dashboard, finished):
    """The address of a second API server of that Airflow, on which not everybody may see every DAG."""
    return selective_server(dashboard)


@pytest.fixture(scope="package")
def storage_url(s3_server):
    """The URL of a storage in a bucket, in which ``weather`` and ``secret`` have a run ``by_hand``."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", f"{s3_server}/runs")
        for name in ("weather", "secret"):
            job = BatchJob.from_dict({"name": name, **JOB_AT_URL})
            run = run_directory(name, name, "by_hand")
            finish_run(job, run, plan_run(job, run))
    return f"{s3_server}/runs"


@pytest.fixture(scope="package")
def server_at_url(dashboard, finished, storage_url):
    """The address of an API server as ``selective``, whose runs are at that URL."""
    return selective_server(dashboard, AIRFLOW__UNIFYWEAVER__STORAGE=storage_url)


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, or Ubuntu's."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=options)
        expect.set_options(timeout=1000 * PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium, dashboard):
    """Opens pages, logged in as administrator or somebody else; what goes wrong in their scripts fails the test."""
    contexts, errors = [], []

    def new_page(width=1280, height=900, scheme="light", *, address=dashboard.address, user="admin"):
        context = chromium.new_context(
            base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        answer = context.request.post("/auth/token", data={"username": user, "password": user})
        context.add_cookies([{"name": "_token", "value": answer.json()["access_token"], "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Security Policy" in message.text else None)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert errors == []


def selective_server(dashboard, **settings):
    """Start an API server of that Airflow on which not everybody may see every DAG, and return its address."""
    with pytest.MonkeyPatch.context() as environment, socket.create_server(("127.0.0.1", 0)) as free:
        for name, value in settings.items():
            environment.setenv(name, value)
        environment.setenv("AIRFLOW__API__PORT", str(free.getsockname()[1]))
        environment.setenv("AIRFLOW__CORE__AUTH_MANAGER", "selective_auth.SelectiveAuthManager")
        environment.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]))
        address = address_of_server()
        free.close()
        dashboard.airflow._start("api-server")  # standalone insists on the simple auth manager
    await_server(address, dashboard.home)
    return address


def address_of_server():
    return f"http://127.0.0.1:{os.environ['AIRFLOW__API__PORT']}"


def await_server(address, home):
    deadline = time.monotonic() + START_SECONDS
    while not answers(address):
        assert time.monotonic() < deadline, f"the server did not come up, see {home}"
        time.sleep(0.5)


def answers(address):
    try:
        return httpx.get(f"{address}/api/v2/version").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="package")
def finished(dashboard):
    """The folder of a DAG run of each of the two DAGs, by their names, published."""
    folders = {dag_id: dashboard.airflow.trigger(dag_id, "by_hand") for dag_id in ("weather", "secret")}
    deadline = time.monotonic() + 180
    while not all((folder / dag_id / "result" / "_SUCCESS").exists() for dag_id, folder in folders.items()):
        assert time.monotonic() < deadline, f"the runs did not end, see {dashboard.home}"
        time.sleep(0.5)
    return folders
