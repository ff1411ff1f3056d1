"""What a run of the command line begins with: no more modules than its job needs."""

import json
import subprocess
import sys

import pytest

RUN = """
import json, sys
from airflow_unifyweaver.cli import main

code = main(["run", sys.argv[1], "--run-dir", sys.argv[2]])
print(json.dumps([code, sorted(sys.modules)]))
"""
SLOT = "import json, sys, airflow_unifyweaver.backends.slot; print(json.dumps([0, sorted(sys.modules)]))"

OF_PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"}
OF_MSGSPEC = {"msgspec", "typing_extensions"}
OF_YAML = {"yaml", "cython_runtime"}
SELDOM = {
    "asyncio",
    "concurrent.futures",
    "csv",
    "ctypes",
    "difflib",
    "email",
    "http",
    "importlib.metadata",
    "importlib.resources",
    "multiprocessing",
    "sqlite3",
    "ssl",
    "statistics",
    "tempfile",
    "xml",
}
"""Modules of the standard library that take long to import, or bring in others that do."""
OF_OTHER_JOBS = {
    "aggregation.by_key",
    "aggregation.distinct",
    "aggregation.prolog",
    "backends.dask",
    "backends.gnu_parallel",
    "backends.hadoop_streaming",
    "backends.placement",
    "backends.spark",
    "events.handlers.webhook",
    "job.prolog",
    "parent_death",
    "preview",
    "run.adaptive",
    "run.bisection",
    "run.claim",
    "run.estimate",
    "run.outcome",
    "run.output_file",
    "run.parquet_output",
    "run.priority",
    "run.reduced",
    "run.relay",
    "run.remote.checkpoints",
    "run.sample",
    "sorted_runs",
    "sources.blocks",
    "sources.filesystems",
    "sources.regroup",
    "sources.remote_file",
    "work.function",
    "work.prolog",
    "work.python",
}
"""Our own modules that jobs need which have what they are for."""


def modules_of(program, *arguments):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    code, names = json.loads(output.splitlines()[-1])
    assert code == 0
    return names


def foreign(names):
    """Return the packages that are neither of Python nor ours."""
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    return {top for top in tops if not top.startswith(("__", "_cython_", "_sysconfigdata"))}


def among(names, packages):
    return {name for name in names for package in packages if f"{name}.".startswith(f"{package}.")}


@pytest.fixture(params=["yaml", "json"])
def job_file(request, tmp_path):
    (tmp_path / "in.log").write_text("a ERROR\nb\n")
    job = {
        "name": "errors",
        "source": {"type": "text", "path": "in.log"},
        "work": {"command": "grep -c ERROR"},
        "parallel": {"backend": "bash_fork"},
        "aggregation": {"reduce": "sum"},
    }
    file = tmp_path / f"job.{request.param}"
    file.write_text(json.dumps(job))  # which is YAML as well
    return file


def test_a_run_imports_what_its_job_needs(job_file, tmp_path):
    names = modules_of(RUN, job_file, tmp_path / "run")
    allowed = OF_PYDANTIC | OF_MSGSPEC | (OF_YAML if job_file.suffix == ".yaml" else set())
    assert foreign(names) - allowed - {"airflow_unifyweaver", "sitecustomize"} == set()
    assert among(names, SELDOM) == set()
    assert among(names, {f"airflow_unifyweaver.{name}" for name in OF_OTHER_JOBS}) == set()


def test_a_slot_that_gnu_parallel_starts_imports_next_to_nothing():
    names = modules_of(SLOT)
    assert foreign(names) - OF_MSGSPEC - {"airflow_unifyweaver", "sitecustomize"} == set()
    assert among(names, SELDOM | {"argparse", "logging", "subprocess"}) == set()
    assert {name.split(".")[1] for name in names if name.startswith("airflow_unifyweaver.")} == {
        "aggregation",
        "backends",
        "events",
        "exceptions",
        "fast_json",
        "run",
        "settings",
        "sources",
        "work",
    }
