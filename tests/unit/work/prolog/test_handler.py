"""Event handlers in Prolog."""

import logging

import pytest

from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.job.prolog_work import HandlerPredicate
from airflow_unifyweaver.work.prolog.build import prolog_handler

PROGRAM = """
show(Event) :- format('~q~n', [Event]).
failing(batch_ready(_, _, _)) :- fail.
"""
EVENTS = [
    ("batch_ready", "batch_00000", {}, "batch_ready(batch_00000,null,[])"),
    ("batch_claimed", "batch_00000", {}, "batch_claimed(batch_00000,'worker.1','2025-10-26T14:32:15Z')"),
    ("batch_started", "batch_00000", {}, "batch_started(batch_00000,'worker.1','2025-10-26T14:32:15Z')"),
    (
        "batch_complete",
        "batch_00042",
        {"results_count": 823, "memory_mb": 6.7},
        "batch_complete(batch_00042,'worker.1',823,[memory_mb(6.7),results_count(823)])",
    ),
    (
        "batch_failed",
        "batch_00042",
        {"error": 'it\'s "late"', "retry_count": 1},
        'batch_failed(batch_00042,\'worker.1\',"it\'s \\"late\\"",1)',
    ),
    (
        "batches_complete",
        None,
        {"batches": 3, "completed": 2, "failed": 1, "results_count": 9},
        "batches_complete(3,2,1,9)",
    ),
    (
        "backend_degraded",
        None,
        {"requested": "spark"},
        "event(backend_degraded,'2025-10-26T14:32:15Z','worker.1',null,[requested(\"spark\")])",
    ),
]


@pytest.fixture
def handler(tmp_path):
    (tmp_path / "program.pl").write_text(PROGRAM)
    return lambda name: prolog_handler(HandlerPredicate(file="program.pl", predicate=f"{name}/1"), str(tmp_path))


def event(event_type, batch_id, payload):
    return Event(event_type, "worker.1", batch_id, payload, "run", 0, 1, "2025-10-26T14:32:15Z")


def test_events_are_the_proposals_terms_and_what_is_printed_is_logged(handler, caplog):
    show = handler("show")
    with caplog.at_level(logging.INFO):
        for event_type, batch_id, payload, _ in EVENTS:
            show(event(event_type, batch_id, payload))
    assert caplog.messages == [term for *_, term in EVENTS]


def test_a_handler_without_a_solution_is_an_error(handler):
    with pytest.raises(WorkError, match=r"failing/1 has no solution for batch_ready\("):
        handler("failing")(event("batch_ready", "batch_00000", {}))
