"""What waits in the queue of a slot."""

from itertools import pairwise

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

ENOUGH = 20
"""So many batches of 30 ms make the mean that the backend goes by small enough: it begins with a second."""


@pytest.mark.parametrize(
    ("seconds", "batches", "waits"),
    [(0.03, ENOUGH, True), (0.15, 4, False)],
    ids=["short", "long"],
)
def test_one_short_batch_waits_while_another_is_worked_on(tmp_path, seconds, batches, waits):
    (tmp_path / "lines.txt").write_text("line\n" * batches)
    job = BatchJob.from_dict(
        {
            "name": "queued",
            "source": {"type": "text", "path": "lines.txt"},
            "batch": {"batch_size": 1},
            "work": {"command": f"sleep {seconds}"},
            "parallel": {"backend": "sequential"},
        },
        base_dir=tmp_path,
    )
    run = RunDirectory(tmp_path / "run")
    run_job(job, run.path)
    types = {EventType.BATCH_CLAIMED, EventType.BATCH_COMPLETE}
    happened = [(event.event_type, event.batch_id) for event in run_events(run, Plan.require(run), types)]
    order = {what: place for place, what in enumerate(happened)}
    ahead = [
        order[EventType.BATCH_CLAIMED, following] < order[EventType.BATCH_COMPLETE, name]
        for name, following in pairwise(map(batch_id, range(batches)))
    ]
    assert (ahead[-1], any(ahead)) == (waits, waits)
