"""Clusters whose workers see no directory of a run's, only its URL."""

import os
import subprocess
import sys
import uuid

import pytest
from placed_shards import wait_until
from url_runs import batches_at, commits_at

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.backends.placement import launched
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import BackendError, JobFailedError, RunError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.runner import plan_run, shard_work

NUMBERS = range(1, 401)
RUN_SHARD = "from airflow_unifyweaver.backends.placed import run_shard; run_shard"
WORK = """
import os
import time
from pathlib import Path

def doubled(batch):
    marks = Path({marks!r})
    (marks / os.environ.get("UNIFYWEAVER_STAGING", "none").replace("/", "_")).touch()
    return [2 * int(line) for line in batch]

def slow(batch):
    time.sleep(0.5)
    return list(batch)

def wrong(batch):
    raise ValueError("as it should")
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder of this machine's copies of runs; workers of clusters, which started before, have another one."""
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "here"))
    (tmp_path / "marks").mkdir()
    return tmp_path / "here"


@pytest.fixture
def make_job(tmp_path, here):
    def make_job(backend, function="doubled", **options):
        (tmp_path / "work.py").write_text(WORK.format(marks=str(tmp_path / "marks")))
        fields = {
            "name": "spread",
            "source": {"type": "command", "command": f"seq {len(NUMBERS)}"},  # so there is something in the spool
            "batch": {"batch_size": 10},
            "work": {"python": f"work:{function}"},
            "parallel": {"backend": backend, "workers": 2, "strict": True, backend: options},
            "retry": {"max_attempts": 1},
        }
        return BatchJob.from_dict(fields, base_dir=tmp_path)

    return make_job


@pytest.fixture
def check(here):
    """Runs a job, and looks at its result, its events, and where its shards were worked on."""

    def check(job, url):
        heard = []
        result = run_job(job, url, [Subscription(heard.append, EventType, "heard")])
        assert result.file.read_text() == "".join(f"{2 * number}\n" for number in NUMBERS)
        assert sum(event.event_type == EventType.BATCH_COMPLETE for event in heard) == 40
        assert sum(event.event_type == EventType.BATCHES_COMPLETE for event in heard) >= 2
        assert not list(run_at(url).path.glob("shards/*/segments/*"))

    return check


@pytest.fixture
def url(hdfs):
    """The URL of a run."""
    return f"{hdfs.url}/runs/{uuid.uuid4().hex}"


def test_dask(dask_cluster, url, make_job, check):
    check(make_job("dask", address=dask_cluster.address), url)


def test_an_error_comes_back(dask_cluster, url, make_job):
    with pytest.raises(JobFailedError, match="failed after 1 attempt: ValueError: as it should"):
        run_job(make_job("dask", "wrong", address=dask_cluster.address), url)


def test_a_worker_that_the_cluster_lost_sight_of(url, make_job, tmp_path, monkeypatch):
    """It works on while the shard is started again elsewhere; then it stops, and the other one's outcome counts."""
    job = make_job("dask", "slow")
    run = run_at(url)
    plan = plan_run(job, run)
    works = [shard_work(job, run, plan, number) for number in plan.task_shards(0)]
    with launched(works[:1]) as (placement,):
        command = [sys.executable, "-c", f"{RUN_SHARD}({placement.reference!r})"]
        with subprocess.Popen(command, env=os.environ | {"UNIFYWEAVER_STAGING": str(tmp_path / "lost")}) as lost:
            wait_until(lambda: commits_at(url))
            monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "found"))
            before = len(commits_at(url))
            run_shard(placement.reference)
            assert lost.wait(60) == 0
        assert placement.outcome() == ShardSummary(20, 20, 0, 200)
        assert not placement.is_cancelled
    assert 0 < before < 20
    assert len(commits_at(url)) == len(batches_at(url)) == 20


def test_workers_without_credentials(dask_cluster, bucket, make_job):
    """They have the environment that they were started with."""
    with pytest.raises(
        RunError, match=f"^{bucket.url}/run/cluster/.* cannot be used: .*Unable to locate credentials; ch"
    ):
        run_job(make_job("dask", address=dask_cluster.address), f"{bucket.url}/run")


def test_spark(spark_client, url, make_job, check):
    check(make_job("spark", master=spark_client.master_url), url)


def test_hadoop_streaming(yarn, url, make_job, check, monkeypatch):
    for name, value in yarn.env.items():
        monkeypatch.setenv(name, value)
    check(make_job("hadoop_streaming"), url)


def test_hadoop_streaming_elsewhere_than_on_hdfs(yarn, bucket, make_job, monkeypatch):
    for name, value in yarn.env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BackendError, match=f"{bucket.url}/run: the storage has to be on hdfs:// or a folder that all"):
        run_job(make_job("hadoop_streaming"), f"{bucket.url}/run")
