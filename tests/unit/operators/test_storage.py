from pathlib import Path

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.operators.storage import folder_name, supersede
from airflow_unifyweaver.run.directory import RunDirectory


@pytest.mark.parametrize("run_id", ["manual__2026-11-23T15:48:04.242588+00:00", "scheduled__x~1", "with space"])
def test_run_ids_of_airflow_stay_readable(run_id):
    assert folder_name(run_id) == run_id


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc", "a/../..", "nul\0"])
def test_no_name_leads_elsewhere(name, tmp_path):
    path = tmp_path / folder_name(name)
    assert path.resolve().parent == tmp_path
    assert "\0" not in str(path)


@pytest.mark.parametrize("name", ["", ".", "..", "..."])
def test_names_of_dots_only_are_refused(name):
    with pytest.raises(RunError, match="cannot name the folder"):
        folder_name(name)


def test_distinct_names_stay_distinct():
    names = ["a/b", "a%2Fb", "a_b", "a b"]
    assert len({folder_name(name) for name in names}) == len(names)


def test_superseded_runs_are_counted(tmp_path):
    run = RunDirectory(tmp_path / "job")
    kept = []
    for _ in range(2):
        run.path.mkdir()
        kept.append(Path(supersede(run)).name)
    assert kept == ["job.superseded-1", "job.superseded-2"]
    assert not run.path.exists()
