"""Folders of any name, under paths that engines understand."""

import pytest

from airflow_unifyweaver.backends.plain_path import plain_path
from airflow_unifyweaver.exceptions import RunError


def test_a_plain_path_stays_what_it_is(tmp_path):
    with plain_path(tmp_path / "a-run_1.x") as path:
        assert path == tmp_path / "a-run_1.x"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["manual__2026-11-25T13:05:00+00:00", "a, b", "größe", "100%", "[a]"])
def test_a_link_leads_to_any_other_for_so_long(name, tmp_path):
    folder = tmp_path / name / "spark"
    folder.mkdir(parents=True)
    with plain_path(folder) as path:
        assert path.parent == tmp_path
        (path / "file").touch()
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (folder / "file").exists()


def test_no_link_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="Not a directory"), plain_path(tmp_path / "file" / "a:b"):
        pass
