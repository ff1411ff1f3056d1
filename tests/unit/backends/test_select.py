"""The choice of a backend."""

import pytest

from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.dask import DaskBackend
from airflow_unifyweaver.backends.gnu_parallel import GnuParallelBackend
from airflow_unifyweaver.backends.spark import SparkBackend
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.settings import THRESHOLDS

GNU_PARALLEL = Parallel(backend="gnu_parallel")
DASK_AT = {"address": "tcp://dask:8786"}
SMALL, MEDIUM, LARGE = THRESHOLDS["sequential"], THRESHOLDS["gnu_parallel"], THRESHOLDS["spark"]


@pytest.fixture
def no_parallel(monkeypatch):
    monkeypatch.setattr(GnuParallelBackend, "unusable", classmethod(lambda *_: "not installed"))


@pytest.fixture
def java(tmp_path, monkeypatch):
    """A Java, of which the choice wants to know only that it is there."""
    program = tmp_path / "java"
    program.touch(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


@pytest.fixture
def clusters(monkeypatch):
    """Backends of Hadoop and Spark, of which those count as given that the test puts into the set."""
    given = set()

    def backend(name):
        def unasked(parallel):
            return None if name in given else f"no {name} is given"

        return type(name, (ClusterBackend,), {"name": name, "unusable": lambda *_: None, "unasked": unasked})

    others = {name: backend(name) for name in ("hadoop_streaming", "spark")}
    monkeypatch.setattr(select, "BACKENDS", {**select.BACKENDS, **others})
    return given


@pytest.mark.parametrize("name", sorted(set(select.BACKENDS) - {"hadoop_streaming"}))  # it has tests of its own
def test_an_explicit_backend_that_is_usable_is_taken(name, java):
    assert select.choose(Parallel(backend=name, strict=True), 0) == select.Choice(name, [])


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (0, "sequential"),
        (SMALL - 1, "sequential"),
        (SMALL, "gnu_parallel"),
        (MEDIUM, "gnu_parallel"),
        (LARGE, "gnu_parallel"),
    ],
)
def test_auto_decides_by_size_where_no_cluster_is_given(size, name):
    assert select.choose(Parallel(), size) == select.Choice(name, [])


@pytest.mark.parametrize(
    ("given", "size", "name"),
    [
        ({"spark", "hadoop_streaming"}, MEDIUM - 1, "gnu_parallel"),
        ({"spark", "hadoop_streaming"}, MEDIUM, "spark"),
        ({"spark", "hadoop_streaming"}, LARGE - 1, "spark"),
        ({"spark", "hadoop_streaming"}, LARGE, "hadoop_streaming"),
        ({"spark"}, LARGE, "spark"),
        ({"hadoop_streaming"}, MEDIUM, "gnu_parallel"),
        (set(), LARGE, "gnu_parallel"),
    ],
)
def test_auto_takes_a_cluster_only_where_one_is_given(clusters, given, size, name):
    clusters |= given
    assert select.choose(Parallel(), size) == select.Choice(name, [])


@pytest.mark.parametrize(("size", "name"), [(MEDIUM - 1, "gnu_parallel"), (MEDIUM, "dask"), (LARGE, "dask")])
def test_dask_stands_in_where_its_address_is_given(size, name):
    assert select.choose(Parallel(dask=DASK_AT), size).name == name


def test_other_thresholds_can_be_given(clusters, monkeypatch):
    clusters |= {"spark", "hadoop_streaming"}
    monkeypatch.setenv("UNIFYWEAVER_SPARK_BELOW", "20000000")
    assert select.choose(Parallel(), 20_000_000).name == "hadoop_streaming"
    own = {"sequential": 10, "gnu_parallel": 20, "spark": 30}
    assert [select.choose(Parallel(), size, own).name for size in (9, 10, 20, 30)] == [
        "sequential",
        "gnu_parallel",
        "spark",
        "hadoop_streaming",
    ]


def test_degradation_names_each_step_and_its_reason(no_parallel):
    choice = select.choose(GNU_PARALLEL, 0)
    assert choice.name == "bash_fork"
    assert choice.notices == [{"requested": "gnu_parallel", "chosen": "bash_fork", "reason": "not installed"}]


def test_degradation_passes_over_clusters_that_are_not_given(no_parallel, monkeypatch):
    monkeypatch.setattr(SparkBackend, "unusable", classmethod(lambda *_: "no Java"))
    steps = select.choose(Parallel(backend="spark"), 0).steps
    assert [(step.requested, step.chosen, step.reason) for step in steps] == [
        ("spark", "dask", "no Java"),
        ("dask", "gnu_parallel", "no address of a scheduler is given (parallel.dask.address)"),
        ("gnu_parallel", "bash_fork", "not installed"),
    ]
    assert select.choose(Parallel(backend="spark", dask=DASK_AT), 0).name == "dask"


def test_a_cluster_that_auto_would_take_and_cannot_is_a_step_too(monkeypatch):
    monkeypatch.setattr(DaskBackend, "unusable", classmethod(lambda *_: "dask is not installed"))
    choice = select.choose(Parallel(dask=DASK_AT), LARGE)
    assert choice == select.Choice(
        "gnu_parallel", [select.Degradation("dask", "gnu_parallel", "dask is not installed")]
    )
    with pytest.raises(BackendError, match=r"dask is not usable here: dask is not installed; parallel\.strict is set"):
        select.choose(Parallel(dask=DASK_AT, strict=True), LARGE)


def test_strict_fails_instead(no_parallel):
    with pytest.raises(BackendError, match=r"gnu_parallel is not usable here: not installed; parallel\.strict is set"):
        select.choose(Parallel(backend="gnu_parallel", strict=True), 0)


def test_another_program_of_that_name_is_not_taken_for_gnu_parallel(tmp_path, monkeypatch):
    program = tmp_path / "parallel"
    program.write_text("#!/bin/sh\necho moreutils\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "is not GNU Parallel" in GnuParallelBackend.unusable(GNU_PARALLEL)
