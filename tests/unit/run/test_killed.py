from event_payloads import check_payload

from airflow_unifyweaver.events.bus import Bus, Subscription
from airflow_unifyweaver.events.journal import Journal, read_events
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.killed import ERROR, report_killed, undecided
from airflow_unifyweaver.run.state import KILLED, REVOKED, ShardState

CLAIMED, STARTED, FAILED = EventType.BATCH_CLAIMED, EventType.BATCH_STARTED, EventType.BATCH_FAILED
COMPLETE = EventType.BATCH_COMPLETE
COMMIT = {"results_count": 1, "segment": "s", "offset": 0, "length": 0, "checksum": 0}


def write(path, *events):
    with Journal(path) as journal:
        for event_type, index, attempt, payload in events:
            event = Event(event_type, "test", f"batch_{index:05d}", payload, "run", 0, attempt)
            journal.append(event.to_line())


def test_only_what_was_under_way_is_undecided(tmp_path):
    journal = tmp_path / "journal.jsonl"
    write(
        journal,
        (CLAIMED, 0, 1, {}),  # under way
        (CLAIMED, 1, 1, {}),
        (COMPLETE, 1, 1, COMMIT),
        (CLAIMED, 2, 1, {}),
        (FAILED, 2, 1, {"error": "no"}),
        (CLAIMED, 2, 2, {}),  # under way, again
        (CLAIMED, 3, 1, {}),
        (FAILED, 3, 1, {"error": "no"}),
        (CLAIMED, 4, 1, {}),
        (COMPLETE, 4, 1, COMMIT),
        (FAILED, 4, 1, {"error": "damaged", REVOKED: True}),
    )
    assert undecided(journal) == {0: 1, 2: 2}


def test_what_was_killed_is_recorded_and_told_once(tmp_path):
    journal = tmp_path / "journal.jsonl"
    write(journal, (CLAIMED, 0, 1, {}), (STARTED, 0, 1, {}), (CLAIMED, 1, 3, {}))
    with journal.open("ab") as file:
        file.write(b'{"event_type":"batch_comp')  # torn
    heard = []
    for _ in range(2):
        bus = Bus([Subscription(heard.append)])
        report_killed("run", 0, journal, bus)
        bus.close()
    recorded = list(read_events(journal, {FAILED}))
    assert recorded == heard
    for event in recorded:
        check_payload(event.event_type, event.payload)
    assert [(event.batch_id, event.attempt, event.payload) for event in recorded] == [
        ("batch_00000", 1, {"error": ERROR, "retry_count": 0, KILLED: True}),
        ("batch_00001", 3, {"error": ERROR, "retry_count": 2, KILLED: True}),
    ]


def test_what_was_killed_is_no_failure_of_its_batch(tmp_path):
    journal = tmp_path / "journal.jsonl"
    write(journal, (CLAIMED, 0, 1, {}), (FAILED, 0, 1, {"error": "no"}), (CLAIMED, 0, 2, {}), (CLAIMED, 1, 1, {}))
    bus = Bus([])
    report_killed("run", 0, journal, bus)
    bus.close()
    assert ShardState.load(journal).failures == {0: "no"}


def test_a_worker_that_outlived_its_task_may_still_commit(tmp_path):
    journal = tmp_path / "journal.jsonl"
    write(journal, (CLAIMED, 0, 1, {}))
    bus = Bus([])
    report_killed("run", 0, journal, bus)
    bus.close()
    write(journal, (COMPLETE, 0, 1, COMMIT), (COMPLETE, 0, 1, COMMIT))
    state = ShardState.load(journal)
    assert (set(state.commits), state.results, state.failures) == ({0}, 1, {})
