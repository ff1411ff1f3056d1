"""Adaptive batches from the job to the published result: their sizes, what is set aside, how they resume."""

import json

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import JobFailedError
from airflow_unifyweaver.preview import preview
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

RECORDS = 2000
WORK = """
import time

def lines(batch):
    return list(batch)

def slow(batch):
    for line in batch:
        time.sleep(0.001)
        yield line

def picky(batch):
    for line in batch:
        if "0777" in line:
            raise ValueError("no sevens")
        yield line
"""


@pytest.fixture
def make(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"this is line {number:04d}\n" for number in range(RECORDS)))
    (tmp_path / "work.py").write_text(WORK)

    def job(function, **fields):
        fields = {
            "name": "adaptive",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"adaptive": {"target_seconds": 0.1}},
            "work": {"python": f"work:{function}"},
            "parallel": {"backend": "bash_fork", "workers": 2},
            "retry": {"max_attempts": 1},
        } | fields
        return BatchJob.from_dict(fields, base_dir=tmp_path)

    return job


def sizes(path):
    run = RunDirectory(path)
    events = run_events(run, Plan.require(run), {EventType.BATCH_CLAIMED})
    return [event.payload.get("pieces", 1) for event in events]


def test_sizes_are_learned_within_a_run_and_from_the_run_before(make, tmp_path):
    results = [run_job(make("slow"), tmp_path / "runs" / name) for name in ("first", "second")]
    first, second = (sizes(tmp_path / "runs" / name) for name in ("first", "second"))
    assert first[0] == 1
    assert second[0] > 8
    assert max(first) > 30
    assert sum(first) == sum(second) == Plan.require(RunDirectory(tmp_path / "runs" / "first")).batches
    assert [result.batches for result in results] == [len(first), len(second)]
    assert results[0].file.read_bytes() == results[1].file.read_bytes()


def test_a_record_of_a_merged_batch_is_set_aside(make, tmp_path):
    result = run_job(make("picky", failure={"quarantine": "record", "budget": 1}), tmp_path / "run")
    assert (result.results, result.quarantined, result.failed) == (RECORDS - 1, 1, 0)
    (entry,) = (tmp_path / "run" / "shards" / "0000" / "quarantine.jsonl").read_text().splitlines()
    assert json.loads(entry)["content"] == "this is line 0777"


def test_a_share_of_the_source_may_fail(make, tmp_path):
    for workers in (1, 2):  # a run before it, so that the batch with the line is a large one
        run_job(make("lines", parallel={"backend": "bash_fork", "workers": workers}), tmp_path / "runs" / str(workers))
    whole = make("picky", failure={"quarantine": "batch", "budget": "100%"})
    result = run_job(whole, tmp_path / "whole")
    assert result.failed == 1
    assert 0 < result.results < RECORDS
    with pytest.raises(JobFailedError, match=r"failure.budget allows 0 pieces to fail"):
        run_job(make("picky", failure={"quarantine": "batch", "budget": "0%"}), tmp_path / "none")


def test_fewer_shards_than_pieces_would_make(make, tmp_path):
    from airflow_unifyweaver import runner

    plan = runner.plan_run(make("lines"), RunDirectory(tmp_path / "run"))
    assert plan.adaptive
    assert plan.batches > 1000
    assert len(plan.shards) == 1
    assert preview(make("lines")).batches == plan.batches
