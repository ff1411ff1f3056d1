import os

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.files import NamedFile, file_version, list_files


@pytest.fixture
def names(tmp_path):
    for name in ("b.log", "a.log", "sub/c.log", "sub/deep/d.log", ".hidden.log", "odd[1].log"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)

    (tmp_path / "none").mkdir()

    def listed(paths):
        found = list_files(paths, lambda path: path if "://" in path else str(tmp_path / path))
        return [os.path.relpath(file.path, tmp_path) for file in found]

    return listed


def test_a_list_keeps_its_order_and_a_glob_is_sorted(names):
    assert names(["sub/c.log", "*.log"]) == ["sub/c.log", "a.log", "b.log", "odd[1].log"]


def test_two_stars_search_all_folders(names):
    assert names("**/[a-d].log") == ["a.log", "b.log", "sub/c.log", "sub/deep/d.log"]


def test_folders_that_match_a_glob_are_left_out(names):
    assert names("*") == ["a.log", "b.log", "odd[1].log"]


def test_a_file_whose_name_looks_like_a_glob_is_found(names):
    assert names("odd[1].log") == ["odd[1].log"]


@pytest.mark.parametrize("pattern", ["logs/*.log", "./logs/*.log", "logs/.//*.log"])
def test_the_folder_of_the_job_is_no_pattern(tmp_path, pattern):
    folder = tmp_path / "run[1]"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "a.log").touch()
    assert list_files(pattern, lambda path: str(folder / path)) == [NamedFile(str(folder / "logs" / "a.log"))]


def test_a_file_url_is_a_path(names, tmp_path):
    assert names(f"file://{tmp_path}/a.log") == ["a.log"]


def test_a_folder_is_all_that_is_below_it_but_what_is_hidden(names, tmp_path):
    (tmp_path / "sub" / ".git").mkdir()
    (tmp_path / "sub" / ".git" / "e.log").touch()
    assert names("sub") == names("sub/") == ["sub/c.log", "sub/deep/d.log"]


def test_folders_that_links_lead_to_are_read_once(names, tmp_path):
    root = tmp_path / "root"
    (root / "2026").mkdir(parents=True)
    (root / "2026" / "x.log").touch()
    (root / "2026" / "up").symlink_to(root)
    (root / "1-latest").symlink_to(root / "2026")
    (root / "other").symlink_to(tmp_path / "sub")
    (root / "other again").symlink_to(tmp_path / "sub")
    assert names("root") == ["root/2026/x.log", "root/other/c.log", "root/other/deep/d.log"]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ("*.csv", r"no file matches source.path '\*.csv'"),
        (["a.log", "*.log"], r"a.log twice, by 'a.log' and '\*.log'"),
        ("file://host/a.log", "file:// reads files of this host only; write file:///path"),
        ("none", "none is a folder without files"),
    ],
)
def test_paths_that_name_no_file_are_refused(names, paths, message):
    with pytest.raises(SourceError, match=message):
        names(paths)


def test_a_version_is_size_and_time(tmp_path):
    path = tmp_path / "a"
    path.write_text("abc")
    os.utime(path, ns=(1, 1234567890123456789))
    assert file_version(str(path)) == (3, 1234567890123456789)


def test_what_is_no_file_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(SourceError, match=r"gone cannot be read: No such file or directory; check source.path"):
        file_version(str(tmp_path / "gone"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is no regular file"):
        file_version(str(tmp_path / "pipe"))
