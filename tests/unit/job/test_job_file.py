"""Job files that are not job files."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.job_file import read_job_files


@pytest.mark.parametrize("name", ["job.yaml", "job.yml", "job.json"])
def test_each_suffix_is_read(tmp_path, name):
    (tmp_path / name).write_text('\ufeff{"name": "é"}', "utf-8")
    (file,) = read_job_files([tmp_path / name])
    assert file.data == {"name": "é"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "the name of a job file ends in .yaml, .yml, .json or .pl, not in '.txt'"),
        ("a", b"", "the name of a job file ends in .yaml, .yml, .json or .pl, not in ''"),
        ("a.pl", b"", "1:1: no source is given; "),
        ("a.yaml", b"", "is empty; a job has at least name, source and work"),
        ("a.json", b" ", "is empty; a job has at least name, source and work"),
        ("a.yaml", b"- 1", "a job is a mapping of fields such as name, source and work, got a list"),
        ("a.yaml", b"a: \xff", "is not UTF-8 text: byte 3 is 0xff"),
        ("a.json", b'{"a": 1,\n}', "not valid JSON at line 2, column 1: "),
        ("a.json", b'{"a": {"b": 1, "b": 2}}', "not valid JSON: b is given twice in one object"),
    ],
)
def test_wrong_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    (error,) = read_job_files([tmp_path / name])
    assert isinstance(error, JobError)
    assert str(error).startswith(message)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    missing, folder = read_job_files([tmp_path / "missing.yaml", tmp_path / "folder.yaml"])
    assert str(missing) == "cannot be read: No such file or directory"
    assert str(folder) == "cannot be read: Is a directory"
