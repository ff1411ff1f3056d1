"""Where runs are."""

import os

import pytest

from airflow_unifyweaver import settings
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.remote.addresses import plain_name, run_at, staged


@pytest.fixture
def staging(tmp_path, monkeypatch):
    monkeypatch.setenv(settings.STAGING_VARIABLE, str(tmp_path))
    return tmp_path


def test_a_path_is_a_local_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_at("a/run") == RunDirectory(tmp_path / "a" / "run")
    assert run_at(tmp_path / "run") == run_at(f"file://{tmp_path}/run") == RunDirectory(tmp_path / "run")
    assert run_at("run").place == str(tmp_path / "run")


def test_a_url_has_a_copy_here(staging):
    run = run_at("hdfs://host:8020/runs/a/")
    assert run == RunDirectory(staging / "hdfs" / "host=3A8020" / "runs" / "a", "hdfs://host:8020/runs/a")
    assert run.place == "hdfs://host:8020/runs/a"
    assert run.name == "a"


def test_copies_are_everybodys_own_by_default(monkeypatch):
    monkeypatch.delenv(settings.STAGING_VARIABLE, raising=False)
    assert staged("s3://bucket/run").parts[-4:] == (f"unifyweaver-{os.geteuid()}", "s3", "bucket", "run")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://me:word@host/run", "no password in the URL of a file on host; give credentials in the environment"),
        ("s3://bucket/run?sig=word", "no secret such as sig in the URL of a file on bucket; give credentials"),
        ("s3://bucket/run?a=word", "s3://bucket: the URL of a run or a storage names a folder only"),
        ("zip://a.zip::s3://bucket/run", "the URL of a run or a storage names a folder only"),
        ("s3://", "the URL of a run or a storage names a folder only"),
    ],
)
def test_what_is_no_url_of_a_folder(url, message):
    with pytest.raises(RunError) as caught:
        run_at(url)
    assert message in str(caught.value)
    assert "word@" not in str(caught.value)
    assert "=word" not in str(caught.value)


def test_names_stay_distinct_and_plain():
    names = ["manual__2026-11-23T15:48:04+00:00", "a b", "a=20b", "a/b", "a%b", "é"]
    plain = [plain_name(name) for name in names]
    assert len(set(plain)) == len(names)
    assert not set("".join(plain)) & set(":%/ ")
