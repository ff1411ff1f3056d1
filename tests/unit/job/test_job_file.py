"""Job files that are not job files."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.job_file import read_job_file


@pytest.mark.parametrize("name", ["job.yaml", "job.yml", "job.json"])
def test_each_suffix_is_read(tmp_path, name):
    (tmp_path / name).write_text('\ufeff{"name": "é"}', "utf-8")
    assert read_job_file(tmp_path / name) == {"name": "é"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "the name of a job file ends in .yaml, .yml or .json, not in '.txt'"),
        ("a", b"", "the name of a job file ends in .yaml, .yml or .json, not in ''"),
        ("a.pl", b"", "a .pl job file is not available yet; use .yaml, .yml or .json"),
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
    with pytest.raises(JobError) as caught:
        read_job_file(tmp_path / name)
    assert str(caught.value).startswith(message)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(JobError, match=r"^cannot be read: No such file or directory$"):
        read_job_file(tmp_path / "missing.yaml")
    with pytest.raises(JobError, match=r"^cannot be read: Is a directory$"):
        read_job_file(tmp_path / "folder.yaml")
