"""The choice of a backend."""

import pytest

from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.gnu_parallel import GnuParallelBackend
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.settings import SEQUENTIAL_BELOW_BYTES

GNU_PARALLEL = Parallel(backend="gnu_parallel")


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


@pytest.mark.parametrize("name", sorted(set(select.BACKENDS) - {"hadoop_streaming"}))  # it has tests of its own
def test_an_explicit_backend_that_is_usable_is_taken(name, java):
    assert select.choose(Parallel(backend=name, strict=True), 0) == select.Choice(name, [])


@pytest.mark.parametrize(
    ("size", "name"),
    [(0, "sequential"), (SEQUENTIAL_BELOW_BYTES - 1, "sequential"), (SEQUENTIAL_BELOW_BYTES, "gnu_parallel")],
)
def test_auto_decides_by_size(size, name):
    assert select.choose(Parallel(), size).name == name


def test_degradation_names_each_step_and_its_reason(no_parallel):
    choice = select.choose(GNU_PARALLEL, 0)
    assert choice.name == "bash_fork"
    assert choice.notices == [{"requested": "gnu_parallel", "chosen": "bash_fork", "reason": "not installed"}]


def test_strict_fails_instead(no_parallel):
    with pytest.raises(BackendError, match=r"gnu_parallel is not usable here: not installed; parallel\.strict is set"):
        select.choose(Parallel(backend="gnu_parallel", strict=True), 0)


def test_another_program_of_that_name_is_not_taken_for_gnu_parallel(tmp_path, monkeypatch):
    program = tmp_path / "parallel"
    program.write_text("#!/bin/sh\necho moreutils\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "is not GNU Parallel" in GnuParallelBackend.unusable(GNU_PARALLEL)
