import os
import time
from pathlib import Path

import pytest

from airflow_unifyweaver.operators.storage import run_directory
from airflow_unifyweaver.plugins.dashboard import runs, url_runs
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


def test_the_storage_is_looked_through_once_for_many_who_ask_and_again_a_little_later(plan, monkeypatch):
    looks = []
    monkeypatch.setattr(runs, "_stored", lambda storage, stored=runs._stored: looks.append(storage) or stored(storage))
    plan("a/run/x", 10)
    for _ in range(20):
        assert stored_dags() == {"a"}
        assert len(recent_runs({"a"}, 9)) == 1
    assert len(looks) < 20
    plan("a/run/y", 20)
    deadline = time.monotonic() + 30
    while len(recent_runs({"a"}, 9)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("closed", ["a", "a/run"])
def test_a_folder_that_is_closed_takes_no_other_from_the_list(plan, tmp_path, monkeypatch, closed):
    def scan(folder, scandir=os.scandir):
        if Path(folder) == tmp_path / closed:  # root may open every folder
            raise PermissionError(folder)
        return scandir(folder)

    plan("a/run/x", 10)
    plan("b/run/y", 20)
    monkeypatch.setattr(os, "scandir", scan)
    assert [run.job for run in recent_runs({"a", "b"}, 9)] == ["y"]


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


def test_a_damaged_marker_of_a_result_takes_no_run_from_the_list(plan, tmp_path):
    plan("a/run/x", 10)
    marker = tmp_path / "a" / "run" / "x" / "result" / "_SUCCESS"
    marker.parent.mkdir()
    marker.write_bytes(b"{\xff")
    (found,) = url_runs._find(f"file://{tmp_path}", "a", "run")
    assert found.published is None
    marker.write_text('{"batches": 1}')
    (found,) = url_runs._find(f"file://{tmp_path}", "a", "run")
    assert found.published == {"batches": 1}
