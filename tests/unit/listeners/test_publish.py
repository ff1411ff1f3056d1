import pytest
from airflow.listeners import hookimpl
from airflow.sdk.listener import ListenerManager

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.listeners import publish


class Heard:
    def __init__(self):
        self.events = []

    @hookimpl
    def on_batch_failed(self, event):
        self.events.append(event)


class Wrong:
    @hookimpl
    def on_batch_failed(self, no_such_argument):
        raise AssertionError


@pytest.fixture
def manager(monkeypatch):
    manager = ListenerManager()
    monkeypatch.setattr(publish, "get_listener_manager", lambda: manager)
    return manager


def test_every_batch_event_has_a_hook():
    assert set(publish.TOPICS) == set(EventType) - {EventType.BACKEND_DEGRADED}


def test_nobody_listening_costs_nothing(manager):
    assert publish.subscriptions("dag") == []


def test_a_listener_gets_only_what_it_implements(manager):
    heard = Heard()
    manager.add_listener(heard)
    for _ in range(2):  # hooks are specified once only
        (subscription,) = publish.subscriptions("dag")
    assert subscription.topics == (EventType.BATCH_FAILED,)
    subscription.handler(Event("batch_failed", "worker", "batch_00001", {"error": "reason"}, "job", 3, 1))
    (event,) = heard.events
    assert event["payload"] == {"error": "reason"}
    assert (event["dag_id"], event["run_id"], event["shard"]) == ("dag", "job", 3)


def test_a_wrong_listener_is_reported_and_the_run_goes_on(manager, caplog):
    manager.add_listener(Wrong())
    assert publish.subscriptions("dag") == []
    assert "no plugin hears of batches" in caplog.text
