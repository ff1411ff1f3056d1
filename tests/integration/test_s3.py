"""Files in an object store: moto's server, over the network."""

import json
import subprocess
import sys

import pytest
from s3_server import environment_of

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError, RunChangedError, SourceError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.runner import finish_run, plan_run, resume

BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
DATA = b"".join(b"%d\n" % number for number in range(30_000))


def make_job(path, backend="bash_fork", batch=None, **parts):
    fields = {
        "name": "objects",
        "source": {"type": "text", "path": path},
        "batch": batch or {"batch_bytes": 20_000},
        "work": {"command": "awk '{s += $1} END {print s}'"},
        "parallel": {"backend": backend, "workers": 2, "strict": True},
        "retry": {"max_attempts": 1},
        "aggregation": {"reduce": "sum"},
    }
    return BatchJob.from_dict(fields | parts)


def result_of(job, run):
    return json.loads(run_job(job, run).file.read_text())


@pytest.mark.parametrize("backend", BACKENDS)
def test_slots_have_connections_of_their_own(bucket, backend, tmp_path):
    """They are forked from a process that has used the file system, and read at the same time."""
    bucket.write("numbers", DATA)
    for attempt in range(2):
        assert result_of(make_job(bucket.url + "/numbers", backend), tmp_path / str(attempt)) == sum(range(30_000))


def test_many_small_objects(bucket, tmp_path):
    for number in range(60):
        bucket.write(f"{number:03}", b"%d" % number)
    job = make_job(bucket.url, batch={"batch_size": 7})
    assert result_of(job, tmp_path / "run") == sum(range(60))
    assert json.loads((tmp_path / "run" / "plan" / "plan.json").read_text())["batches"] == 9


def test_rows_of_a_csv_object(bucket, tmp_path):
    bucket.write("rows.csv", b'k,v\n1,"a\nb"\n2,c\n')
    (tmp_path / "mine.py").write_text("def rows(batch): return list(batch)\n")
    source = {"type": "csv", "path": bucket.url + "/*.csv"}
    fields = {"name": "rows", "source": source, "batch": {"batch_size": 1}, "work": {"python": "mine:rows"}}
    result = run_job(BatchJob.from_dict(fields, base_dir=tmp_path), tmp_path / "run").file.read_text()
    assert list(map(json.loads, result.splitlines())) == [{"k": "1", "v": "a\nb"}, {"k": "2", "v": "c"}]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_that_changes_between_plan_and_map(bucket, backend, tmp_path):
    bucket.write("numbers", DATA)
    run, job = RunDirectory(tmp_path / "run"), make_job(bucket.url + "/numbers", backend)
    plan = plan_run(job, run)
    bucket.write("numbers", DATA[::-1])
    with pytest.raises(JobFailedError, match="numbers changed since it was planned: it was written to; plan the run"):
        finish_run(job, run, plan)
    with pytest.raises(RunChangedError, match="the input has changed since this run was planned"):
        resume(run.path)


def test_what_is_not_there(bucket, tmp_path):
    for url in (bucket.url + "/none", "s3://no-such-bucket/a"):
        with pytest.raises(SourceError, match=f"{url} cannot be read: there is no such file; check source.path"):
            run_job(make_job(url), tmp_path / "run")


def test_credentials_are_written_down_nowhere(bucket, tmp_path):
    bucket.write("numbers", DATA)
    job = {"name": "objects", "source": {"type": "text", "path": bucket.url + "/n*"}, "work": {"command": "exit 1"}}
    (tmp_path / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.json", "--run-dir", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
    written = done.stdout + done.stderr + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    environment = environment_of("")
    assert b"/numbers" in written
    assert environment["FSSPEC_S3_SECRET"].encode() not in written
    assert environment["FSSPEC_S3_KEY"].encode() not in written
