import os

import pytest

from airflow_unifyweaver.operators.storage import run_directory
from airflow_unifyweaver.plugins.dashboard.runs import find_run, jobs_of, recent_runs, stored_dags


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Plans runs in a storage: takes a path below it and when that was."""
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", str(tmp_path))

    def plan(path, time):
        file = tmp_path / path / "plan" / "plan.json"
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (time, time))

    return plan


def test_runs_are_found_by_their_names_and_listed_by_their_time(plan):
    plan("a/scheduled__2026-11-25T00:00:00+00:00/x", 10)
    plan("a/scheduled__2026-11-25T00:00:00+00:00/y", 30)
    plan("b %C3%A4/run/x", 20)
    assert stored_dags() == {"a", "b ä"}
    assert [found.job for found in jobs_of("a", "scheduled__2026-11-25T00:00:00+00:00")] == ["x", "y"]
    assert find_run("b ä", "run", "x").planned == 20
    assert [(run.dag_id, run.job) for run in recent_runs({"a", "b ä"}, 2)] == [("a", "y"), ("b ä", "x")]
    assert [run.job for run in recent_runs({"b ä"}, 9)] == ["x"]


@pytest.mark.parametrize("name", ["..", ".", "", "/", "a/..", "../a", "a\0", "%61", "A"])
def test_other_names_find_nothing(plan, name):
    plan("a/run/x", 10)
    assert jobs_of(name, "run") == jobs_of("a", name) == []
    assert find_run("a", "run", name) is None


def test_what_is_not_planned_or_a_link_is_not_a_run(plan, tmp_path):
    plan("a/run/x", 10)
    (tmp_path / "a" / "run" / "unplanned").mkdir()
    (tmp_path / "a" / "run" / "link").symlink_to("x")
    (tmp_path / "linked").symlink_to("a")
    assert [found.job for found in jobs_of("a", "run")] == ["x"]
    assert stored_dags() == {"a"}


def test_a_storage_at_a_file_url_is_a_folder(plan, tmp_path, monkeypatch):
    plan("a=20dag/manual__2026-11-25T00=3A00=3A00+00=3A00/x", 10)
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", f"file://{tmp_path}")
    assert stored_dags() == {"a dag"}
    (found,) = recent_runs({"a dag"}, 9)
    assert found == find_run("a dag", "manual__2026-11-25T00:00:00+00:00", "x")
    assert found.directory == run_directory("x", found.dag_id, found.run_id)
