"""What is missing to call spark-submit, and how it is called."""

import importlib.util
import sys
from pathlib import Path

import pytest

from airflow_unifyweaver.backends.spark_submit import command_line, environment, unusable
from airflow_unifyweaver.job.backend_options import SparkOptions
from airflow_unifyweaver.job.parallel import Parallel


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """A machine with a Java, whatever it is, and nothing set."""
    for name in ("SPARK_HOME", "JAVA_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "PYSPARK_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.touch(0o755)
    monkeypatch.setenv("PATH", str(java.parent), prepend=":")


def test_with_pyspark_and_java_it_is_usable():
    assert unusable(SparkOptions()) is None


def test_no_spark(monkeypatch, tmp_path):
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    assert unusable(SparkOptions()) == (
        f"{tmp_path} has no bin/spark-submit; set SPARK_HOME to the folder of a whole Spark, or leave it to pyspark"
    )
    monkeypatch.delenv("SPARK_HOME")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert unusable(SparkOptions()).startswith("pyspark is not installed; pip install 'airflow-unifyweaver[spark]'")


def test_no_java(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "absent"))
    assert unusable(SparkOptions()).startswith(f"Java is not installed ({tmp_path}/absent/bin/java); ")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", "/nowhere")
    assert unusable(SparkOptions()).startswith("Java is not installed (java); ")


def test_yarn_needs_its_addresses(monkeypatch):
    assert unusable(SparkOptions(master="yarn")).startswith("YARN's addresses are not known; set HADOOP_CONF_DIR")
    monkeypatch.setenv("YARN_CONF_DIR", "/etc/hadoop")
    assert unusable(SparkOptions(master="yarn")) is None


def given(workers=5, **options):
    """Return the options of spark-submit, and the settings that make executors come and go."""
    _, *words = command_line(Parallel(workers=workers, spark=options), 5, "a name", Path("/run/a.zip"))
    pairs = list(zip(words[::2], words[1::2], strict=True))
    assert ("--conf", "spark.task.maxFailures=4") in pairs
    assert ("--conf", "spark.speculation=false") in pairs
    settings = [value for option, value in pairs if option == "--conf"]
    elastic = {value.removeprefix(DYNAMIC) for value in settings if value.startswith(DYNAMIC)}
    return {option: value for option, value in pairs if option != "--conf"}, elastic


DYNAMIC = "spark.dynamicAllocation."
ALWAYS = {"--deploy-mode": "client", "--name": "a name", "--py-files": "file:///run/a.zip"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"--master": "local[5,4]"}),
        ({"master": "local"}, {"--master": "local[1,4]"}),
        ({"master": "local[2]"}, {"--master": "local[2,4]"}),
        ({"master": "local[*]"}, {"--master": "local[*,4]"}),
        ({"master": "spark://one:7077"}, {"--master": "spark://one:7077", "--total-executor-cores": "5"}),
        (
            {"master": "spark://one:7077,two:7077", "num_executors": 2},
            {"--master": "spark://one:7077,two:7077", "--total-executor-cores": "5", "--executor-cores": "3"},
        ),
        ({"master": "yarn"}, {"--master": "yarn", "--num-executors": "5", "--executor-cores": "1"}),
        (
            {"master": "yarn", "num_executors": 2, "executor_memory": "4g", "driver_memory": "2g"},
            {
                "--master": "yarn",
                "--num-executors": "2",
                "--executor-cores": "3",
                "--executor-memory": "4g",
                "--driver-memory": "2g",
            },
        ),
        ({"packages": ["a:b:1", "c:d:2"]}, {"--master": "local[5,4]", "--packages": "a:b:1,c:d:2"}),
    ],
)
def test_options_of_the_job_become_options_of_spark_submit(options, expected):
    assert given(**options) == (ALWAYS | expected, set())


@pytest.mark.parametrize(
    ("options", "expected", "bounds"),
    [
        ({"master": "yarn"}, {"--executor-cores": "1"}, (2, 5)),
        ({"master": "yarn", "num_executors": 2}, {"--executor-cores": "3"}, (1, 2)),
        ({"master": "spark://one:7077"}, {"--total-executor-cores": "5", "--executor-cores": "1"}, (2, 5)),
    ],
)
def test_a_range_of_workers_is_a_range_of_executors(options, expected, bounds):
    elastic = {"enabled=true", "shuffleTracking.enabled=true"}
    elastic |= {f"{name}Executors={number}" for name, number in zip(("min", "max"), bounds, strict=True)}
    workers = {"min": 2, "max": 5}
    assert given(workers, **options) == (ALWAYS | {"--master": options["master"]} | expected, elastic)
    assert given(workers, master="local[2]") == (ALWAYS | {"--master": "local[2,4]"}, set())


def test_executors_get_this_python_unless_another_one_is_asked_for(monkeypatch):
    assert environment()["PYSPARK_PYTHON"] == sys.executable
    monkeypatch.setenv("PYSPARK_PYTHON", "/usr/bin/python3")
    assert environment()["PYSPARK_PYTHON"] == "/usr/bin/python3"
    assert environment()["PYSPARK_DRIVER_PYTHON"] == sys.executable
