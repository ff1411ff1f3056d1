"""What goes to Hadoop, and what is said when it is not there."""

import os
import subprocess
import sys

import pytest

from airflow_unifyweaver.backends import hadoop_streaming, select
from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.hadoop_job import StreamingJob
from airflow_unifyweaver.backends.hadoop_streaming import HadoopStreamingBackend, streaming_options
from airflow_unifyweaver.backends.hadoop_task import Mapper
from airflow_unifyweaver.backends.placement import Placement, launched
from airflow_unifyweaver.backends.reduction import Reduction
from airflow_unifyweaver.exceptions import BackendError, JobError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.run.reduced import Reduced

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
    mapper = Mapper(0, 1, 0, ("0000.pickle",))
    options = streaming_options(Exchange(tmp_path), ["-D", "a=b", "-cmdenv", "c=d"], [mapper])
    assert options.index("-archives") < options.index("a=b") < options.index("-cmdenv") < options.index("-input")
    assert "mapreduce.job.reduces=0" in options
    assert options[-1] == f"{sys.executable} unifyweaver"


def test_reducers_know_the_launch_and_their_number(tmp_path):
    options = streaming_options(Exchange(tmp_path), [], [Mapper(0, 1, 7, ("a b/0000.pickle",))])
    assert "mapreduce.job.reduces=7" in options
    assert options[-2:] == ["-reducer", f"{sys.executable} unifyweaver 'a b/0000.pickle' 7"]


def test_reducers_are_asked_for_when_the_source_is_large(plan_shards, monkeypatch):
    with launched(plan_shards()) as (first, *_):
        assert hadoop_streaming.reducers(first, Parallel(reducers=7)) == 7
        assert hadoop_streaming.reducers(first, Parallel()) == 0
        monkeypatch.setattr(hadoop_streaming, "REDUCED_BYTES", 1)
        assert hadoop_streaming.reducers(first, Parallel()) == "auto"


@pytest.mark.parametrize("option", ["-input", "-output", "-mapper", "-reducer", "-archives"])
def test_options_that_the_backend_sets_itself_are_refused(option):
    with pytest.raises(JobError) as caught:
        Parallel(hadoop_streaming={"hadoop_opts": ["-D", "a=b", option, "x"]})
    assert str(caught.value) == f"hadoop_streaming.hadoop_opts: {option} is set by the backend itself"


def test_the_archive_runs_without_the_package_installed(tmp_path):
    write_archive(tmp_path / "code.zip", "airflow_unifyweaver.backends.hadoop_task")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # -S leaves out what is installed, so nothing but the archive can have the package.
    command = [sys.executable, "-S", tmp_path / "code.zip"]
    work = tmp_path / "0000.pickle"
    line = Mapper(0, 1, 0, (str(work),)).to_line()
    subprocess.run(command, check=True, cwd="/", env=environment, input=line.encode(), capture_output=True)
    assert f"shard 0: there is no {work} for " in str(Placement(work).outcome())


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_a_cancelled_launch_has_reduced_does_not_count(home, plan_shards, monkeypatch, cancelled):
    monkeypatch.setenv("HADOOP_HOME", str(home))
    make_jar(home, "share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar")
    works = plan_shards("pairs", aggregation={"reduce": "sum", "by_key": True})
    with launched(works) as placements:

        def reduce(*_):
            Reduction.of_launch(placements[0].reference, 1).write(0, [])
            if cancelled:
                placements[0].cancel()

        monkeypatch.setattr(StreamingJob, "run", reduce)
        references = [placement.reference for placement in placements]
        HadoopStreamingBackend().place(references, Parallel(reducers=1), 3)
    assert (Reduced.load(works[0].run) is None) == cancelled
