"""What the provider tells Airflow, and what Airflow makes of it."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.get_provider_info import get_provider_info

JOB = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}


def test_provider_info_is_valid():
    import airflow
    import jsonschema

    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_airflow_finds_connection_types_with_their_fields(airflow):
    from airflow.providers_manager import ProvidersManager
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

    types = {"unifyweaver_sequential", "unifyweaver_bash_fork", "unifyweaver_gnu_parallel"}
    assert types <= set(ProvidersManagerTaskRuntime().hooks)
    manager = ProvidersManager()
    widgets = set(manager.connection_form_widgets)
    assert {"extra__unifyweaver_gnu_parallel__workers", "extra__unifyweaver_gnu_parallel__options"} <= widgets
    assert "host" in manager.field_behaviours["unifyweaver_sequential"]["hidden_fields"]


def test_all_modules_and_classes_that_are_named_are_there():
    from importlib import import_module

    info = get_provider_info()
    for part in ("operators", "hooks"):
        for module in info[part][0]["python-modules"]:
            import_module(module)
    classes = [entry["hook-class-name"] for entry in info["connection-types"]]
    classes += [*info["extra-links"], *(entry["plugin-class"] for entry in info["plugins"])]
    for name in classes:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute)


def test_storage_is_in_airflows_home_by_default(airflow):
    from airflow.sdk.configuration import conf

    assert conf.get("unifyweaver", "storage") == str(airflow.home / "unifyweaver")


def test_airflow_loads_the_plugin(airflow):
    from airflow.sdk.plugins_manager import _get_plugins

    plugins, errors = _get_plugins()
    assert not errors
    assert "unifyweaver" in [plugin.name for plugin in plugins]
    assert [entry.load() for entry in entry_points(group="airflow.plugins", name="unifyweaver")]


def connect(monkeypatch, conn_type, **extra):
    monkeypatch.setenv("AIRFLOW_CONN_FEW", json.dumps({"conn_type": conn_type, "extra": extra}))


def test_a_connection_fills_in_what_the_job_leaves_open(airflow, monkeypatch):
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, "unifyweaver_gnu_parallel", workers=3, options="--nice 5")
    hook = hook_for("gnu_parallel", "few")
    open_job = hook.with_options(BatchJob.from_dict(JOB, base_dir="/somewhere"))
    assert open_job.parallel.workers == 3
    assert open_job.parallel.gnu_parallel.options == ("--nice", "5")
    assert str(open_job.base_dir) == "/somewhere"

    own = {"workers": 7, "gnu_parallel": {"options": ["--nice", "1"]}}
    decided = hook.with_options(BatchJob.from_dict(JOB | {"parallel": own}))
    assert decided.parallel.workers == 7
    assert decided.parallel.gnu_parallel.options == ("--nice", "1")


@pytest.mark.parametrize(
    ("extra", "said", "made"),
    [
        ({"address": "tcp://dask:8786"}, {"scheduler": "threads"}, ("threads", None)),
        ({"scheduler": "threads"}, {"address": "tcp://dask:8786"}, (None, "tcp://dask:8786")),
        ({"address": "tcp://dask:8786"}, {"scheduler": "distributed"}, ("distributed", "tcp://dask:8786")),
    ],
)
def test_a_connection_to_dask_does_not_contradict_the_job(airflow, monkeypatch, extra, said, made):
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, "unifyweaver_dask", **extra)
    job = BatchJob.from_dict(JOB | {"parallel": {"dask": said}})
    options = hook_for("dask", "few").with_options(job).parallel.dask
    assert (options.scheduler, options.address) == made


def test_a_connection_has_options_of_spark(airflow, monkeypatch):
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, "unifyweaver_spark", master="local[3]", executor_memory="4g", packages="a:b:1, c:d:2")
    own = {"spark": {"executor_memory": "1g"}}
    spark = hook_for("spark", "few").with_options(BatchJob.from_dict(JOB | {"parallel": own})).parallel.spark
    assert (spark.master, spark.executor_memory, spark.packages) == ("local[3]", "1g", ("a:b:1", "c:d:2"))


def test_a_connection_test_asks_the_master_of_spark(airflow, monkeypatch, spark_client):
    from airflow_unifyweaver.hooks.spark import SparkHook

    connect(monkeypatch, "unifyweaver_spark", master=spark_client.master_url)
    assert SparkHook("few").test_connection() == (True, "spark is usable here")
    connect(monkeypatch, "unifyweaver_spark", master="spark://127.0.0.1:1")
    usable, answer = SparkHook("few").test_connection()
    assert not usable
    assert "does not answer" in answer


def test_a_wrong_option_names_the_connection(airflow, monkeypatch):
    from airflow_unifyweaver.exceptions import JobError
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, "unifyweaver_bash_fork", workers="many")
    with pytest.raises(JobError, match=r"connection few: parallel\.workers"):
        hook_for("bash_fork", "few").with_options(BatchJob.from_dict(JOB))


@pytest.mark.parametrize(
    ("backend", "extra", "reason"),
    [
        ("dask", {"adress": "tcp://dask:8786"}, "extra.adress: unknown field; did you mean address?"),
        ("sequential", {"workers": 2}, "extra.workers: unknown field; there is nothing to set"),
    ],
)
def test_an_unknown_option_is_refused(airflow, monkeypatch, backend, extra, reason):
    from airflow_unifyweaver.exceptions import JobError
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, f"unifyweaver_{backend}", **extra)
    with pytest.raises(JobError) as caught:
        hook_for(backend, "few").with_options(BatchJob.from_dict(JOB))
    assert str(caught.value) == f"connection few: {reason}"


def test_a_connection_as_a_uri_has_numbers_too(airflow, monkeypatch):
    from airflow_unifyweaver.hooks.registry import hook_for

    monkeypatch.setenv("AIRFLOW_CONN_FEW", "unifyweaver-spark://?workers=4&num_executors=2&executor_memory=4g")
    parallel = hook_for("spark", "few").with_options(BatchJob.from_dict(JOB)).parallel
    assert (parallel.workers, parallel.spark.num_executors, parallel.spark.executor_memory) == (4, 2, "4g")


def test_the_form_of_a_connection_has_all_that_it_may_hold(airflow):
    from airflow_unifyweaver.hooks.registry import HOOKS

    forms = {entry["connection-type"]: tuple(entry["conn-fields"]) for entry in get_provider_info()["connection-types"]}
    assert forms == {hook.conn_type: hook.fields for hook in HOOKS.values()}


def test_a_connection_of_another_backend_is_left_aside(airflow, monkeypatch):
    from airflow_unifyweaver.hooks.registry import hook_for

    connect(monkeypatch, "unifyweaver_gnu_parallel", workers=3)
    job = BatchJob.from_dict(JOB)
    assert hook_for("sequential", "few").with_options(job) == job


@pytest.mark.parametrize(
    ("path", "answer"), [(os.environ["PATH"], "(True, 'gnu_parallel is usable here')"), ("/nowhere", "(False, ")]
)
def test_a_connection_test_really_looks(airflow, path, answer):
    test = (
        "from airflow_unifyweaver.hooks.gnu_parallel import GnuParallelHook; print(GnuParallelHook().test_connection())"
    )
    command, environment = [sys.executable, "-c", test], os.environ | {"PATH": path}
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert output.splitlines()[-1].startswith(answer)


def test_a_connection_to_a_cluster_is_tested_there(airflow, monkeypatch, dask_cluster):
    from airflow_unifyweaver.backends import dask
    from airflow_unifyweaver.hooks.dask import DaskHook

    monkeypatch.setattr(dask, "CONNECT_SECONDS", 5.0)
    connect(monkeypatch, "unifyweaver_dask", address=dask_cluster.address)
    assert DaskHook("few").test_connection() == (True, "dask is usable here, with 2 workers")
    connect(monkeypatch, "unifyweaver_dask", address="tcp://127.0.0.1:1")
    usable, reason = DaskHook("few").test_connection()
    assert not usable
    assert "does not answer" in reason


def test_a_connection_knows_the_backend_that_it_is_for(airflow, monkeypatch):
    from airflow_unifyweaver.exceptions import JobError
    from airflow_unifyweaver.hooks.registry import hook_of

    connect(monkeypatch, "unifyweaver_dask", address="tcp://dask:8786")
    hook = hook_of("few")
    assert hook.backend == "dask"
    assert hook.with_options(BatchJob.from_dict(JOB)).parallel.dask.address == "tcp://dask:8786"
    connect(monkeypatch, "postgres")
    with pytest.raises(JobError, match="connection few is of type postgres, which is none of unifyweaver_sequential, "):
        hook_of("few")


def test_thresholds_of_auto_are_airflows_settings(airflow, monkeypatch):
    from airflow_unifyweaver.operators.storage import configured_thresholds
    from airflow_unifyweaver.settings import THRESHOLDS

    assert configured_thresholds() == THRESHOLDS
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__SPARK_BELOW", "12345678")
    assert configured_thresholds() == THRESHOLDS | {"spark": 12_345_678}
