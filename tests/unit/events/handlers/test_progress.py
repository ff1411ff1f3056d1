"""The progress handler."""

import io

from airflow_unifyweaver.events.handlers.progress import Progress
from airflow_unifyweaver.events.schema import Event, EventType


def event(event_type, **payload):
    return Event(event_type, "test", "batch_00001", payload, "run", 2, 1)


def test_progress_shows_share_rate_and_time_left():
    progress = Progress(total=10, done=2, stream=io.StringIO())
    for _ in range(4):
        progress(event(EventType.BATCH_COMPLETE))
    assert progress.line(2.0) == "6/10 batches (60%), 2.0/s, 2 s left"


def test_progress_before_anything_happened_gives_no_estimate():
    progress = Progress(total=10, done=0, stream=io.StringIO())
    progress(event(EventType.BATCH_FAILED))
    assert progress.line(1.0) == "0/10 batches (0%), 0.0/s, no estimate yet, 1 failed attempts"


def test_progress_of_an_empty_run():
    assert Progress(total=0, done=0, stream=io.StringIO()).line(1.0).startswith("0/0 batches (100%)")


def test_progress_ends_its_line():
    stream = io.StringIO()
    progress = Progress(total=1, done=0, stream=stream)
    progress(event(EventType.BATCH_COMPLETE))
    progress.close()
    assert stream.getvalue().startswith("\r1/1 batches (100%)")
    assert stream.getvalue().endswith("\n")


def test_progress_counts_the_pieces_that_batches_are_made_of():
    progress = Progress(total=100, done=0, stream=io.StringIO(), unit="pieces")
    progress(event(EventType.BATCH_COMPLETE, pieces=40))
    progress(event(EventType.BATCH_COMPLETE))
    assert progress.line(1.0) == "41/100 pieces (41%), 41.0/s, 1 s left"
