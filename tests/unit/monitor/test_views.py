import json

import pytest
from written_runs import START

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor import views
from airflow_unifyweaver.monitor.batch_table import state_numbers
from airflow_unifyweaver.monitor.failure_log import MOST_CAUSES, OTHER_CAUSES, cause_of, split_error

ERROR = "the command exited with code 3, work.ok_exit_codes accepts 0; standard error ends: line {}\nbad row"


@pytest.fixture
def run(written):
    """Two shards: one batch failed twice, one is committed in its second attempt, one is at work, two wait."""
    run = written(3, 2)
    run.begin(0)
    run.complete(0, second=10, took=50.0, slot=1)
    for batch in (1, 2):
        run.begin(batch, second=10, slot=2)
        run.fail(batch, ERROR.format(batch), second=11, source="worker.2")
        run.write(EventType.BATCH_READY, batch, second=11, retry_count=1, delay_seconds=0.0)
        run.begin(batch, second=12, attempt=2, slot=2)
    run.fail(1, ERROR.format(1), second=13, attempt=2, source="worker.2")
    run.complete(2, second=13, attempt=2, slot=2, took=150.0)
    run.begin(3, second=14, shard=1)
    return run


def show(run, part=None, now=START + 15):
    monitor = run.monitor()
    return views.summary(monitor, views.part_of(monitor, part), now)


def test_the_summary_is_what_happened(run):
    shown = show(run)
    counts = {"idle": 1, "claimed": 0, "processing": 1, "complete": 2, "failed": 1, "retry": 0}
    assert shown["counts"] == counts
    assert shown["state"] == "running"
    assert (shown["results"], shown["retries"], shown["failed_attempts"]) == (2, 2, 3)
    assert (shown["latency"]["min"], shown["latency"]["max"]) == (50.0, 150.0)
    assert shown["rate"] == pytest.approx(2 / 15)
    assert shown["eta_seconds"] == pytest.approx(3 * 15 / 2)
    assert [(worker["name"], worker["done"], worker["failed"], worker["batch"]) for worker in shown["workers"]] == [
        ("worker.1", 1, 0, None),
        ("worker.2", 1, 3, None),
        ("worker.1", 0, 0, 3),
    ]
    assert [part["done"] for part in shown["parts"]] == [2, 0]
    text = json.dumps(shown, allow_nan=False)
    assert "exited with" not in text  # errors tell what was in the data


def test_a_mapped_task_is_shown_alone(run):
    shown = show(run, part=1)
    assert (shown["first"], shown["batches"], shown["counts"]["processing"]) == (3, 2, 1)
    assert (shown["results"], shown["latency"]) == (0, None)
    assert [worker["shard"] for worker in shown["workers"]] == [1]
    assert views.part_of(run.monitor(), 2) is None


def test_failures_come_newest_first_with_their_cause_a_page_at_a_time(run):
    monitor = run.monitor()
    whole = views.part_of(monitor, None)
    page = views.failures(monitor, whole, limit=2)
    assert [(entry["batch"], entry["attempt"]) for entry in page["failures"]] == [(1, 2), (2, 1)]
    assert page["failures"][0]["stderr"] == "line 1\nbad row"
    last = views.failures(monitor, whole, limit=2, before=page["next"])
    assert [(entry["batch"], entry["attempt"]) for entry in last["failures"]] == [(1, 1)]
    assert last["next"] is None
    assert len(views.failures(monitor, whole, text="LINE 2")["failures"]) == 1
    assert views.failures(monitor, whole, cause="another")["failures"] == []
    assert page["causes"] == [("the command exited with code 3, work.ok_exit_codes accepts 0", 3)]
    assert page["total"] == 3


def test_the_failures_of_a_part_are_its_own(run):
    run.fail(3, "another", second=15, shard=1)
    monitor = run.monitor()
    page = views.failures(monitor, views.part_of(monitor, 1))
    assert [entry["batch"] for entry in page["failures"]] == [3]
    assert (page["causes"], page["total"]) == ([("another", 1)], 1)


def test_every_answer_tells_how_much_was_read(run):
    monitor = run.monitor()
    whole = views.part_of(monitor, None)
    answers = [
        views.summary(monitor, whole, START),
        views.grid(monitor, 0, 5, 5),
        views.batches(monitor, state_numbers([]), 0, 5),
        views.failures(monitor, whole),
    ]
    journals = sum(run.run.shard(shard).journal.stat().st_size for shard in (0, 1))
    assert [answer["read"] for answer in answers] == [journals] * 4


def test_batches_are_found_by_state_and_told_of_by_their_last_line(run):
    monitor = run.monitor()
    found = views.batches(monitor, state_numbers(["failed", "processing"]), 0, 5)["batches"]
    assert [(entry["batch"], entry["state"], entry["attempt"]) for entry in found] == [
        (1, "failed", 2),
        (3, "processing", 1),
    ]
    assert found[0]["stderr"] == "line 1\nbad row"
    page = views.batches(monitor, state_numbers([]), 0, 5, limit=3)
    assert [entry["batch"] for entry in page["batches"]] == [0, 1, 2]
    assert page["batches"][0]["processing_time_ms"] == 50.0
    assert page["next"] == 3
    assert views.batches(monitor, state_numbers([]), 4, 5)["batches"][0]["state"] == "idle"


def test_a_resume_is_noticed_by_what_was_cut_off_or_is_done_again(run):
    assert show(run)["resumes"] == []
    run.fail(3, "its task was killed", second=60, shard=1, source="coordinator", killed=True)
    run.begin(3, second=61, attempt=2, shard=1)
    run.complete(3, second=62, attempt=2, shard=1)
    run.begin(1, second=70, attempt=3)  # it had failed for good
    shown = show(run)
    assert [(one["shard"], one["killed"], one["idle_seconds"]) for one in shown["resumes"]] == [(0, 0, 57), (1, 1, 46)]


def test_records_in_quarantine_are_counted_and_its_files_found(written):
    run = written(2, quarantine="record")
    run.begin(0)
    run.complete(0, quarantined=[{"record": 3, "error": "no"}, {"record": 5, "error": "no"}])
    assert show(run)["quarantine"] == {"records": 2, "files": 0, "bytes": 0}
    run.run.shard(0).quarantine.write_text("12345")
    run.write(EventType.BATCHES_COMPLETE, batches=1, completed=1)
    assert show(run)["quarantine"] == {"records": 2, "files": 1, "bytes": 5}


def test_pieces_that_a_batch_is_made_of_count_as_done_together(written):
    run = written(6, adaptive=True)
    run.begin(0, pieces=4)
    run.complete(0, pieces=4, second=1)
    shown = show(run)
    assert (shown["unit"], shown["counts"]["complete"], shown["throughput"]["done"]) == ("pieces", 4, [4])
    found = views.batches(run.monitor(), state_numbers([]), 0, 6)["batches"]
    assert [(entry["batch"], entry["pieces"]) for entry in found] == [(0, 4), (4, 1), (5, 1)]
    within = views.batches(run.monitor(), state_numbers([]), 2, 3)["batches"]
    assert [(entry["batch"], entry["pieces"]) for entry in within] == [(0, 4)]


def test_errors_are_split_and_told_apart_by_what_is_constant():
    assert split_error(ERROR.format(7)) == (
        "the command exited with code 3, work.ok_exit_codes accepts 0",
        "line 7\nbad row",
    )
    assert split_error("exited; standard error is empty") == ("exited", "")
    assert split_error("ValueError: 300") == ("ValueError: 300", None)
    assert cause_of("ValueError: 300 at 0x7f3a\nmore") == cause_of("ValueError: 12 at 0xbeef\nother")


def test_what_has_too_many_causes_is_found_together(written):
    run = written(1)
    for number in range(MOST_CAUSES + 5):
        run.fail(0, f"error {chr(0x4E00 + number)}")
    monitor = run.monitor()
    page = views.failures(monitor, views.part_of(monitor, None), cause=OTHER_CAUSES)
    assert len(page["causes"]) == MOST_CAUSES + 1
    assert page["causes"][0] == (OTHER_CAUSES, 5)
    assert len(page["failures"]) == 5
