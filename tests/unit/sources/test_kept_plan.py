"""Batches of messages that were taken off a queue."""

import pytest

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.sources.kept_plan import plan_kept
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message
from airflow_unifyweaver.sources.registry import reader_for

SECONDS = 1_764_590_000


@pytest.mark.parametrize("parts", [1, 1_000, 1_000_000, 1_000_000_000])
def test_times_of_messages_are_seconds_or_parts_of_them(tmp_path, parts):
    window = KeptWindow(Exchange(tmp_path / "window"))
    times = [SECONDS, SECONDS + 9, SECONDS + 10]
    window.keep("q", [Message(b"%d\n" % number, None, time * parts) for number, time in enumerate(times)])
    spool = tmp_path / "records"
    spool.mkdir()
    plan = plan_kept(window, "text", Batch(batch_window={"seconds": 10}), 1, spool)
    reader = reader_for(plan.manifest, spool)
    assert [list(reader.read(recipe)) for recipe in plan.recipes] == [["0", "1"], ["2"]]
