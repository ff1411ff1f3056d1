"""Batches of messages that were taken off a queue."""

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.sources.kept_plan import plan_kept
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message
from airflow_unifyweaver.sources.registry import reader_for

SECONDS = 1_764_590_000


@pytest.mark.parametrize("parts", [1, 1_000, 1_000_000, 1_000_000_000])
def test_times_of_messages_are_seconds_or_parts_of_them(tmp_path, parts):
    times = [SECONDS, SECONDS + 9, SECONDS + 10]
    messages = [Message(b"%d\n" % number, None, time * parts) for number, time in enumerate(times)]
    batches = planned(tmp_path, messages, "text", batch_window={"seconds": 10})
    assert [list(batch) for batch in batches] == [["0", "1"], ["2"]]


def planned(folder, messages, form, **batch):
    window = KeptWindow(Exchange(folder / "window"))
    window.keep("q", messages)
    spool = folder / "records"
    spool.mkdir()
    plan = plan_kept(window, form, Batch(**batch), 1, spool)
    reader = reader_for(plan.manifest, spool)
    return [reader.read(recipe) for recipe in plan.recipes]


@pytest.mark.parametrize("malformed", [b'{"key":', b'"\xff"'])
@pytest.mark.parametrize("batch", [{"batch_key": "key"}, {"batch_window": {"seconds": 1, "column": "key"}}])
def test_a_message_that_is_not_json_fails_in_a_batch_of_its_own(tmp_path, malformed, batch):
    bodies = [b'{"key": 1}', malformed, b'{"key": 2}', b'{"key": 1}']
    bad, *good = planned(tmp_path, [Message(body + b"\n", None, 0.0) for body in bodies], "json", **batch)
    assert [list(one) for one in good] == [[{"key": 1}] * 2, [{"key": 2}]]
    with pytest.raises(SourceError, match=r"message at byte . is not (JSON|UTF-8) .*; with failure.quarantine: "):
        list(bad)
    assert [bad.bytes()[slice(*span)] for span in bad.records()] == [malformed + b"\n"]


def test_a_message_that_has_no_key_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(SourceError, match=r"has no 'key' \(batch.batch_key\); cut batches by something else, such as"):
        planned(tmp_path, [Message(b"[]\n", None, 0.0)], "json", batch_key="key")
