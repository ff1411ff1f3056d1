"""A real Airflow and real servers of S3 and of web pages for the tests that need them: nothing is mocked."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

pytest_plugins = ["services.fixtures", "services.postgresql"]

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(tempfile.mkdtemp(prefix="unifyweaver-airflow-"))
BUNDLES = [
    {
        "name": name,
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(path), "refresh_interval": 0},
    }
    for name, path in (("tests", HOME / "dags"), ("examples", ROOT / "dags"))
]
LISTENER = """
    import json
    from pathlib import Path

    from airflow.listeners import hookimpl
    from airflow.sdk.plugins_manager import AirflowPlugin


    class Listener:
        @hookimpl
        def on_batch_complete(self, event):
            with Path(__file__).with_name("heard.jsonl").open("a") as file:
                print(json.dumps(event), file=file)


    class Plugin(AirflowPlugin):
        name = "hears_of_batches"
        listeners = [Listener()]
"""

# What is started in the background without a terminal, as in CI, ignores SIGINT, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Airflow reads these when it is first imported, which is after this file.
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(BUNDLES),
}
os.environ.pop("AIRFLOW__CORE__DAGS_FOLDER", None)


def pytest_unconfigure():
    shutil.rmtree(HOME, ignore_errors=True)


class Airflow:
    """Runs DAGs in this process, and looks at what became of them."""

    home = HOME
    dag_folder = HOME / "dags"

    def write(self, name, text):
        """Write a DAG file, and return its path."""
        file = self.dag_folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return file

    def load(self, file):
        """Return the DAGs of a file, by their names."""
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(file)
        assert bag.import_errors == {}
        return bag.dags

    def run(self, file, dag_id, **conf):
        """Run a DAG to its end.

        :param conf: values for parameters of the DAG.
        """
        return self.load(file)[dag_id].test(run_conf=conf or None)

    def run_again(self, dag, instance):
        """Run a task instance of a run that has ended, as after it was cleared."""
        from airflow.models.taskinstance import clear_task_instances
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.session import create_session

        with create_session() as session:
            instance = session.merge(instance)
            clear_task_instances([instance], session)
            instance.try_number += 1
            session.commit()
            _run_task(ti=instance, task=dag.task_dict[instance.task_id])
            return instance.state

    def instances(self, run, task_id):
        """Return the instances of a task, by their map index."""
        from airflow.models.taskinstance import TaskInstance

        found = self._of_run(TaskInstance, run, TaskInstance.task_id == task_id)
        return sorted(found, key=lambda instance: instance.map_index)

    def xcoms(self, run):
        """Return the serialized XCom values that the tasks of a run returned, by task and map index."""
        from airflow.models.xcom import XCOM_RETURN_KEY, XComModel

        returned = self._of_run(XComModel, run, XComModel.key == XCOM_RETURN_KEY)
        return {(xcom.task_id, xcom.map_index): xcom.value for xcom in returned}

    def _of_run(self, model, run, *conditions):
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = select(model).where(model.run_id == run.run_id, model.dag_id == run.dag_id, *conditions)
            return session.scalars(query).all()

    def folder(self, run, job):
        """Return the directory of a job's run."""
        return HOME / "unifyweaver" / run.dag_id / run.run_id / job

    def published(self, run, job):
        """Return what a job published, one value a line."""
        (file,) = (self.folder(run, job) / "result").glob("result.*")
        return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture(scope="session")
def start_web_server():
    """Starts web servers, each in its own process: takes their options, and returns their addresses."""
    with ExitStack() as stack:

        def start(*options):
            command = [sys.executable, ROOT / "tests" / "web_server.py", *map(str, options)]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            return f"http://127.0.0.1:{int(process.stdout.readline())}"

        yield start


@pytest.fixture(scope="session")
def web_server(start_web_server):
    """The address of a web server that does all as it should."""
    return start_web_server()


@pytest.fixture(scope="session")
def airflow_installation():
    """Airflow with a database, and with a plugin that writes down the batches it hears of."""
    (HOME / "dags").mkdir()
    (HOME / "plugins").mkdir()
    (HOME / "plugins" / "hears_of_batches.py").write_text(dedent(LISTENER))
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], check=True, capture_output=True)
    return Airflow()


@pytest.fixture
def airflow(airflow_installation):
    """Airflow with an empty folder of DAG files."""
    yield airflow_installation
    shutil.rmtree(airflow_installation.dag_folder)
    airflow_installation.dag_folder.mkdir()


@pytest.fixture(scope="session")
def s3_server():
    """A running S3 server with a bucket, for this process and those it starts; yields the URL of the bucket."""
    from fsspec.config import conf, set_conf_env
    from s3_server import BUCKET, environment_of, running_server
    from s3fs import S3FileSystem

    with running_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(endpoint).items():
            patch.setenv(name, value)
        set_conf_env(conf)  # which fsspec does by itself when it is imported
        S3FileSystem().mkdir(BUCKET)
        yield f"s3://{BUCKET}"


@pytest.fixture
def bucket(s3_server):
    """An empty folder in a bucket: its URL, and what fills it."""
    from s3fs import S3FileSystem

    folder = f"{s3_server}/{uuid.uuid4().hex}"
    return SimpleNamespace(url=folder, write=lambda name, data: S3FileSystem().pipe_file(f"{folder}/{name}", data))
