"""What goes to Hadoop, and what is said when it is not there."""

import os
import subprocess
import sys

import pytest

from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.hadoop_streaming import streaming_options
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.exceptions import BackendError, JobError
from airflow_unifyweaver.job.parallel import Parallel

NO_PROGRAMS = "Hadoop's programs hadoop and yarn are neither in HADOOP_HOME/bin nor on PATH"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of Hadoop with its programs alone."""
    home = tmp_path / "hadoop"
    (home / "bin").mkdir(parents=True)
    for name in ("hadoop", "yarn"):
        (home / "bin" / name).touch(mode=0o755)
    monkeypatch.delenv("HADOOP_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return home


def make_jar(home, path):
    (home / path).parent.mkdir(parents=True)
    (home / path).touch()


def test_without_hadoop_another_backend_takes_its_place(home):
    choice = select.choose(Parallel(backend="hadoop_streaming"), 0)
    assert (choice.steps[0].requested, choice.steps[0].reason) == ("hadoop_streaming", NO_PROGRAMS)
    with pytest.raises(BackendError, match=f"hadoop_streaming is not usable here: {NO_PROGRAMS}"):
        select.choose(Parallel(backend="hadoop_streaming", strict=True), 0)


@pytest.mark.parametrize(("variable", "value"), [("HADOOP_HOME", ""), ("PATH", "bin")])
@pytest.mark.parametrize(
    "jar", ["share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar", "../hadoop-mapreduce/hadoop-streaming.jar"]
)
def test_hadoop_is_found_by_its_home_and_by_the_path(home, monkeypatch, variable, value, jar):
    monkeypatch.setenv(variable, str(home / value))
    unusable = select.BACKENDS["hadoop_streaming"].unusable(Parallel())
    assert unusable == f"there is no hadoop-streaming jar in {home}; set HADOOP_HOME"
    make_jar(home, jar)
    choice = select.choose(Parallel(backend="hadoop_streaming", strict=True), 0)
    assert choice == select.Choice("hadoop_streaming", [])


def test_auto_never_chooses_it(home, monkeypatch):
    monkeypatch.setenv("HADOOP_HOME", str(home))
    make_jar(home, "share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar")
    assert all(select.choose(Parallel(), size).name != "hadoop_streaming" for size in (0, 10**6, 10**15))


def test_generic_options_come_first_and_the_users_before_those_of_streaming(tmp_path):
    options = streaming_options(tmp_path, ["-D", "a=b", "-cmdenv", "c=d"], 3)
    assert options.index("-archives") < options.index("a=b") < options.index("-cmdenv") < options.index("-input")
    assert "mapreduce.job.running.map.limit=3" in options
    assert options[-1] == f"{sys.executable} unifyweaver"


@pytest.mark.parametrize("option", ["-input", "-output", "-mapper", "-reducer", "-archives"])
def test_options_that_the_backend_sets_itself_are_refused(option):
    with pytest.raises(JobError) as caught:
        Parallel(hadoop_streaming={"hadoop_opts": ["-D", "a=b", option, "x"]})
    assert str(caught.value) == f"hadoop_streaming.hadoop_opts: {option} is set by the backend itself"


def test_the_archive_runs_without_the_package_installed(tmp_path):
    write_archive(tmp_path / "code.zip", "airflow_unifyweaver.backends.hadoop_mapper")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # -S leaves out what is installed, so nothing but the archive can have the package.
    command = [sys.executable, "-S", tmp_path / "code.zip"]
    work = tmp_path / "0000.pickle"
    subprocess.run(command, check=True, cwd="/", env=environment, input=f"{work}\n".encode(), capture_output=True)
    assert f"FileNotFoundError: [Errno 2] No such file or directory: '{work}'" in str(Placement(work).outcome())
