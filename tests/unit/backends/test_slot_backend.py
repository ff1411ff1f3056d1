"""What waits in the queue of a slot, and when slots are held to their limits."""

from itertools import pairwise
from typing import ClassVar

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.backend import Started
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


class Talkative(BashForkBackend):
    """Hears of something in every round."""

    looked = 0
    _slots: ClassVar = {}
    _average = 1.0
    _checked = 0.0  # long ago

    def _patience(self, timeout):
        return timeout

    def _heard(self, timeout):
        return [Started(b"")]

    def _expire(self):
        self.looked += 1
        return []


def test_slots_are_held_to_their_limits_however_much_there_is_to_hear():
    backend = Talkative()
    assert backend.wait(None) == 2 * [Started(b"")]
    assert backend.looked == 1
    assert backend.wait(None) == [Started(b"")]
    assert backend.looked == 1
