"""The journal: whole lines only, whoever writes them and however they were interrupted."""

import multiprocessing
import os
from pathlib import Path

import pytest

from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import RunError


def event(number, event_type=EventType.BATCH_COMPLETE):
    return Event(event_type, "test", f"batch_{number:05d}", {"number": number}, "run", 0, 1)


def test_missing_journal_has_no_events(tmp_path):
    assert list(read_events(tmp_path / "journal.jsonl")) == []


def test_reads_only_the_types_asked_for(tmp_path):
    path = tmp_path / "journal.jsonl"
    events = [event(1, EventType.BATCH_READY), event(1), event(2, EventType.BATCH_FAILED)]
    with Journal(path) as journal:
        journal.append(b"".join(one.to_line() for one in events))
    assert list(read_events(path)) == events
    assert list(read_events(path, {EventType.BATCH_FAILED})) == events[2:]


def test_torn_last_line_is_dropped_and_closed(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(event(1).to_line() + event(2).to_line()[:-5])
    assert [one.payload["number"] for one in read_events(path)] == [1]
    with Journal(path) as journal:
        journal.close_torn_line()
        journal.append(event(3).to_line())
    assert [one.payload["number"] for one in read_events(path)] == [1, 3]


def test_closing_a_whole_journal_changes_nothing(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.close_torn_line()
        journal.append(event(1).to_line())
        before = path.read_bytes()
        journal.close_torn_line()
    assert path.read_bytes() == before


def append_many(path, first):
    with Journal(path) as journal:
        for number in range(first, first + 500):
            journal.append(event(number).to_line())


def test_many_writers_never_mix_their_lines(tmp_path):
    path = tmp_path / "journal.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=append_many, args=(path, first)) for first in (0, 500, 1000)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(one.payload["number"] for one in read_events(path)) == list(range(1500))


def test_line_that_a_full_disk_tore_is_whole_even_if_another_writer_came_between(tmp_path, monkeypatch):
    path = tmp_path / "journal.jsonl"
    write, calls = os.write, []

    def tear_first(descriptor, data):
        calls.append(data)
        if len(calls) > 1:
            return write(descriptor, data)
        written = write(descriptor, data[:-30])
        with path.open("ab") as other:
            other.write(event(9).to_line())
        return written

    with Journal(path) as journal:
        monkeypatch.setattr("airflow_unifyweaver.events.journal.os.write", tear_first)
        journal.append(event(1).to_line() + event(2).to_line())
    assert [one.payload["number"] for one in read_events(path)] == [1, 9, 2]


def test_journal_that_cannot_be_written_is_named(tmp_path):
    with (
        Journal(Path("/dev/full")) as journal,
        pytest.raises(RunError, match=r"cannot write /dev/full: No space left on device; make space, and resume"),
    ):
        journal.append(b"{}\n")
    with pytest.raises(RunError, match=r"cannot write .*/nowhere/journal.jsonl: No such file or directory"):
        Journal(tmp_path / "nowhere" / "journal.jsonl")
