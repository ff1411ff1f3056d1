"""Files on a real HDFS as a source."""

import json

import hdfs_native
import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError, RunChangedError, SourceError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.runner import finish_run, plan_run, resume

BACKENDS = ["sequential", "bash_fork"]
NUMBERS = range(30_000)
DATA = b"".join(b"%d\n" % number for number in NUMBERS)


@pytest.fixture
def write(hdfs):
    """Writes a file below ``/source``."""
    client = hdfs_native.Client(hdfs.url)

    def write(name, data):
        with client.create(f"/source/{name}", hdfs_native.WriteOptions(overwrite=True)) as file:
            file.write(data)
        return f"{hdfs.url}/source/{name}"

    yield write
    client.delete("/source", recursive=True)


def make_job(path, backend="bash_fork"):
    return BatchJob.from_dict(
        {
            "name": "hdfs",
            "source": {"type": "text", "path": path},
            "batch": {"batch_bytes": 20_000},
            "work": {"command": "awk '{s += $1} END {print s}'"},
            "parallel": {"backend": backend, "workers": 2, "strict": True},
            "retry": {"max_attempts": 1},
            "aggregation": {"reduce": "sum"},
        }
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_slots_read_ranges_over_connections_of_their_own(write, backend, tmp_path):
    """They are forked from a process that has used the file system, and read at the same time."""
    job = make_job(write("numbers", DATA), backend)
    for attempt in range(2):
        run = tmp_path / str(attempt)
        assert json.loads(run_job(job, run).file.read_text()) == sum(NUMBERS)
        assert Plan.require(RunDirectory(run)).batches == -(-len(DATA) // 20_000)


def test_patterns_and_folders(hdfs, write, tmp_path):
    for name in ("a.log", "b.log", "other", ".hidden"):
        write(name, name.encode())
    write("empty.log", b"")
    for number, (path, expected) in enumerate(
        {
            "*.log": ["a.log", "b.log", "empty.log"],
            "?.log": ["a.log", "b.log"],
            "": ["a.log", "b.log", "empty.log", "other"],
        }.items()
    ):
        run = RunDirectory(tmp_path / str(number))
        plan_run(make_job(f"{hdfs.url}/source/{path}"), run)
        files = json.loads(run.source_file.read_bytes())["files"]
        assert [entry["path"].removeprefix(f"{hdfs.url}/source/") for entry in files] == expected


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_file_that_changes_between_plan_and_map(write, backend, tmp_path):
    run, job = RunDirectory(tmp_path / "run"), make_job(write("numbers", DATA), backend)
    plan = plan_run(job, run)
    write("numbers", DATA[::-1])
    with pytest.raises(JobFailedError, match="numbers changed since it was planned: it was written to; plan the run"):
        finish_run(job, run, plan)
    with pytest.raises(RunChangedError, match="the input has changed since this run was planned"):
        resume(run.path)


def test_the_time_of_a_file_is_that_of_its_last_change(write, tmp_path):
    run = RunDirectory(tmp_path / "run")
    before = tmp_path.stat().st_mtime_ns
    plan_run(make_job(write("numbers", DATA)), run)
    (entry,) = json.loads(run.source_file.read_bytes())["files"]
    assert 0 <= entry["mtime_ns"] - before + 1_000_000_000 < 60_000_000_000


def test_what_is_not_there(hdfs, tmp_path):
    url = f"{hdfs.url}/none"
    with pytest.raises(SourceError, match=f"{url} cannot be read: there is no such file; check source.path"):
        run_job(make_job(url), tmp_path / "run")
