"""Runs on Dask, beside their results: who hears of them, and how many work on them."""

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.schema import EventType

LINES = [f"line {number}" for number in range(102)]


@pytest.fixture
def run(tmp_path):
    """Runs a command over the lines on Dask, and returns the result's."""
    (tmp_path / "lines.txt").write_text("".join(f"{line}\n" for line in LINES))

    def run(command, subscriptions=(), **parallel):
        fields = {
            "name": "dask",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"batch_size": 10},
            "work": {"command": command},
            "parallel": {"backend": "dask", "strict": True, **parallel},
        }
        job = BatchJob.from_dict(fields, base_dir=tmp_path)
        return run_job(job, tmp_path / "run", subscriptions).file.read_text().splitlines()

    return run


def test_handlers_hear_of_batches_on_a_cluster_while_it_works(run, dask_cluster, tmp_path):
    heard = []

    def hear(event):  # the batch with line 50 waits until others were heard of
        heard.append(event.batch_id)
        (tmp_path / "go on").touch()

    command = f"while [ ! -e '{tmp_path / 'go on'}' ] && grep -q 'line 50$'; do sleep 0.05; done"
    run(
        command,
        [Subscription(hear, [EventType.BATCH_COMPLETE])],
        workers=2,
        dask={"address": dask_cluster.address},
    )
    assert sorted(heard) == [f"batch_{number:05d}" for number in range(11)]


@pytest.mark.parametrize(
    ("workers", "dask"), [({"min": 1, "max": 3}, {"scheduler": "distributed"}), (2, {"scheduler": "synchronous"})]
)
def test_a_cluster_in_this_process(run, workers, dask):
    assert run("cat", workers=workers, dask=dask) == LINES


def test_all_workers_of_a_cluster_are_used_where_the_job_leaves_it_open(run, dask_cluster, tmp_path):
    assert run("cat", workers="auto", dask={"address": dask_cluster.address}) == LINES
    assert len(list((tmp_path / "run" / "shards").iterdir())) == 2
