"""Runs whose directory is at a URL: on a real HDFS, and in the bucket of a real S3 server."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from types import SimpleNamespace

import pytest
from url_runs import batches_at, commits_at

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError, RunError
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.store import Store
from airflow_unifyweaver.runner import resume

LINES = [f"line {number}" for number in range(200)]
RESULT = "".join(f"{line}\n" for line in LINES)
QUICK = "from airflow_unifyweaver.run.remote import checkpoints; checkpoints.CHECKPOINT_SECONDS = 0.1; "
"""Goes before a program that has so little to do that a checkpoint every five seconds would be none."""
COMMAND_LINE = [sys.executable, "-c", QUICK + "from airflow_unifyweaver.cli import main; raise SystemExit(main())"]
SLOW = "sleep 0.2; cat"


@pytest.fixture(params=["hdfs", "s3"])
def storage(request, monkeypatch, tmp_path):
    """The URL of an empty folder."""
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "here"))
    if request.param == "s3":
        return request.getfixturevalue("bucket").url
    return f"{request.getfixturevalue('hdfs').url}/runs/{uuid.uuid4().hex}"


@pytest.fixture
def make_job(tmp_path):
    def make_job(command="cat", **fields):
        (tmp_path / "lines.txt").write_text(RESULT)
        job = {
            "name": "kept",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"batch_size": 2},
            "work": {"command": command},
            "parallel": {"backend": "bash_fork", "workers": 2, "strict": True},
        }
        (tmp_path / "job.json").write_text(json.dumps(job | fields))
        return BatchJob.from_file(tmp_path / "job.json")

    return make_job


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Makes this process as one of another machine, which has nothing of a run but its URL."""
    return lambda: monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / uuid.uuid4().hex))


@pytest.fixture
def started(make_job, tmp_path, storage):
    """A slow run in a process of its own, of which some batches are at the URL."""
    make_job(SLOW)
    url = f"{storage}/run"
    with subprocess.Popen(
        [*COMMAND_LINE, "run", str(tmp_path / "job.json"), "--run-dir", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            wait_until(lambda: len(batches_at(url)) >= 10, process)
            yield SimpleNamespace(process=process, url=url)
        finally:
            process.kill()


def wait_until(condition, process):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_everything_is_at_the_url(make_job, storage, elsewhere):
    """And the result is to be had on a machine that has done none of the work."""
    Store(storage).put("in/lines.txt", RESULT.encode())
    job = make_job(source={"type": "text", "path": f"{storage}/in"}, output={"path": f"{storage}/out/lines.csv"})
    result = run_job(job, f"{storage}/run")
    assert result.file.read_text() == RESULT
    store = Store(f"{storage}/run")
    assert store.read("result/result.txt").decode() == RESULT
    assert json.loads(store.read("result/_SUCCESS"))["batches"] == 100
    assert json.loads(store.read("job.json"))["job"]["name"] == "kept"
    assert list(store.listing("plan")) == ["batches.jsonl", "plan.json", "source.json", "spool.json"]
    assert Store(storage).read("out/lines.csv").decode().splitlines()[:2] == ["value", "line 0"]

    elsewhere()
    again = resume(f"{storage}/run")
    assert again.file.read_text() == RESULT
    assert again.file != result.file
    done = subprocess.run([*COMMAND_LINE, "events", f"{storage}/run"], stdout=subprocess.PIPE, check=True)
    types = Counter(json.loads(line)["event_type"] for line in done.stdout.splitlines())
    assert (
        types["batch_ready"]
        == types["batch_started"]
        == types["batch_complete"]
        == len(batches_at(f"{storage}/run"))
        == 100
    )
    assert types["batches_complete"] == 1


def test_a_killed_run_is_resumed_on_another_machine(started, elsewhere):
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    before = commits_at(started.url)
    assert 10 <= len(before) < 100
    elsewhere()
    assert resume(started.url).file.read_text() == RESULT
    after = commits_at(started.url)
    assert after[: len(before)] == before
    assert len(after) == len(batches_at(started.url)) == 100


def test_two_at_one_shard(started, elsewhere):
    """The later one goes on from the last checkpoint, and the earlier one stops."""
    elsewhere()
    assert resume(started.url).file.read_text() == RESULT
    _, error = started.process.communicate(timeout=60)
    assert started.process.returncode == 1
    assert "has taken over this shard and goes on from the last checkpoint; this one stops" in error.decode()
    assert "Traceback" not in error.decode()
    assert len(commits_at(started.url)) == len(batches_at(started.url)) == 100


def test_records_in_the_spool_go_along(make_job, storage, elsewhere, tmp_path):
    """A source that can be read once only is on the other machine, too."""
    once = f"test ! -e {tmp_path}/once && touch {tmp_path}/once && seq 100"
    job = make_job(
        f"test -e {tmp_path}/mended && cat",
        source={"type": "command", "command": once},
        retry={"max_attempts": 1},
    )
    with pytest.raises(JobFailedError):
        run_job(job, f"{storage}/run")
    (tmp_path / "mended").touch()
    elsewhere()
    assert resume(f"{storage}/run").file.read_text() == "".join(f"{number}\n" for number in range(1, 101))


def test_work_that_is_lost_at_the_url_is_done_again(make_job, storage, elsewhere):
    run_job(make_job(), f"{storage}/run")
    pieces = Store(f"{storage}/run/shards/0000/pieces")
    pieces.remove(list(pieces.listing(""))[-1])
    elsewhere()
    assert resume(f"{storage}/run").file.read_text() == RESULT


def test_what_cannot_be_there(storage, make_job):
    nowhere = "s3://there-is-no-such-bucket"
    if storage.startswith("hdfs"):
        nowhere = f"{storage}/file"
        Store(storage).put("file", b"")
    with pytest.raises(RunError, match=f"{nowhere}/run.* cannot be used: .*; check the storage, credentials and the"):
        run_job(make_job(), f"{nowhere}/run")
    for url in (f"{storage}/none", f"{storage}/none/"):
        with pytest.raises(RunError, match=f"{storage}/none: this is not a run directory, it has no job.json"):
            resume(url)


def test_secrets_are_refused_and_not_repeated():
    for url in ("s3://me:tiger@host/runs", "s3://bucket/runs?X-Amz-Signature=tiger"):
        with pytest.raises(RunError) as caught:
            run_at(url)
        assert "tiger" not in str(caught.value)


def test_a_full_hdfs(hdfs, make_job, monkeypatch, tmp_path):
    """Work that cannot be checkpointed ends with the reason, and goes on when there is space again."""
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "staging"))
    folder = f"/full/{uuid.uuid4().hex}"
    Store(f"{hdfs.url}{folder}").put("mark", b"")
    set_quota(hdfs, folder, "-setQuota", "8")
    url = f"{hdfs.url}{folder}/run"
    with pytest.raises(RunError, match=f"{url}.* cannot be used: .*quota"):
        run_job(make_job(), url)
    set_quota(hdfs, folder, "-clrQuota")
    assert run_job(make_job(), url).file.read_text() == RESULT


def set_quota(hdfs, folder, *arguments):
    command = hdfs._java("-Xmx128m", "org.apache.hadoop.hdfs.tools.DFSAdmin", *arguments, folder)
    subprocess.run(list(map(str, command)), env=hdfs.env, check=True, capture_output=True)
