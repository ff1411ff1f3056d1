import json

from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.monitor import journal_tail
from airflow_unifyweaver.monitor.journal_tail import JournalTail, event_at, parse_line

TEXTS = st.text()
VALUES = st.none() | st.integers() | TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=3)


@given(st.dictionaries(TEXTS, VALUES, max_size=3), TEXTS, st.integers(0, 10**9), st.integers(0, 300))
def test_a_line_is_read_as_the_event_is(payload, run_id, batch, attempt):
    event = Event(EventType.BATCH_COMPLETE, "worker.2", f"batch_{batch:05d}", payload, run_id, 7, attempt)
    parsed = parse_line(event.to_line(), 5)
    assert parsed[:2] == (5, "batch_complete")
    assert parsed[3:] == ("worker.2", batch, attempt, json.loads(json.dumps(payload)))


def test_altered_and_torn_lines_are_passed_over():
    line = Event(EventType.BATCH_FAILED, "worker.1", "batch_00001", {"error": "no"}, "run", 0, 1).to_line()
    assert parse_line(line.replace(b"no", b"on"), 0) is None
    assert parse_line(line[:-20], 0) is None
    assert parse_line(line[:40] + line, 0).payload == {"error": "no"}


def test_only_whole_lines_are_read_and_each_once(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_tail, "CHUNK_BYTES", 10)
    lines = [
        Event(EventType.BATCH_CLAIMED, "coordinator", f"batch_{number:05d}", {}, "run", 0, 1).to_line()
        for number in range(5)
    ]
    data = b"".join(lines)
    journal, found = tmp_path / "journal.jsonl", []
    tail = JournalTail(journal)
    for end in range(0, len(data) + 1, 7):
        journal.write_bytes(data[:end])
        tail.look()
        while tail.behind:
            found += tail.read()
    journal.write_bytes(data)
    tail.look()
    while tail.behind:
        found += tail.read()
    assert [event.batch for event in found] == [0, 1, 2, 3, 4]
    assert [event_at(journal, event.place) for event in found] == found
    journal.write_bytes(lines[0])
    tail.look()
    assert tail.replaced


def test_a_journal_that_is_not_there_is_empty(tmp_path):
    tail = JournalTail(tmp_path / "journal.jsonl")
    tail.look()
    assert not tail.behind
    assert event_at(tmp_path / "journal.jsonl", 0) is None
