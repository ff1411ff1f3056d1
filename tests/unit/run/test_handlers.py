"""Which handlers a job names, and what they need."""

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.run.handlers import check_handlers, named_handlers, own_handlers

KAFKA = {"kafka": {"bootstrap_servers": "broker:9092", "topic": "batches"}}


def job(**on_event):
    fields = {"name": "x", "source": {"type": "text", "path": "a"}, "work": {"command": "cat"}}
    return BatchJob.from_dict(fields | {"on_event": on_event})


def test_a_handler_of_several_types_is_one():
    handlers = named_handlers(job(batch_failed=[KAFKA, "json:dumps"], batches_complete=["json:dumps", KAFKA]))
    assert [types for _, types in handlers] == [["batch_failed", "batches_complete"]] * 2


def test_brokers_are_named_for_reports_without_being_asked():
    rabbitmq = {"rabbitmq": {"url": "amqp://broker.invalid", "queue": "q"}}
    assert [one.name for one in own_handlers(job(batch_failed=[KAFKA, rabbitmq]))] == ["kafka batches", "rabbitmq q"]


def test_handlers_by_connection_are_airflows():
    by_connection = [{"conn_id": "c"}, {"kafka": {"conn_id": "c", "topic": "t"}}]
    assert list(own_handlers(job(batch_failed=by_connection))) == []


def test_a_webhook_may_have_its_url_in_a_variable(monkeypatch):
    monkeypatch.setenv("HOOK", "https://hooks.example/services/hidden")
    of_job = job(batch_failed=[{"url_from_env": "HOOK"}])
    assert [one.name for one in own_handlers(of_job)] == ["webhook hooks.example"]
    assert "hidden" not in str(of_job.to_dict())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "on_event: url_from_env: there is no environment variable HOOK"),
        ("ftp://hidden", "on_event: url_from_env: HOOK: a webhook is an http:// or https:// URL"),
        ("https://u:hidden@x/", "on_event: url_from_env: HOOK: no user and password in the URL; name a variable in "),
    ],
)
def test_a_variable_without_the_url_of_a_webhook_is_named(monkeypatch, value, expected):
    if value is not None:
        monkeypatch.setenv("HOOK", value)
    with pytest.raises(JobError) as caught:
        check_handlers(job(batch_failed=[{"url_from_env": "HOOK"}]))
    assert str(caught.value).startswith(expected)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "amqp://u:hidden@h/?heartbeat=x",
            "on_event: the URL of RabbitMQ has an option that is none; see pika's URLParameters",
        ),
        (None, "on_event: url_from_env: there is no environment variable BROKER"),
        ("hidden", "on_event: url_from_env: BROKER holds no URL such as amqp://user@host:5672/vhost"),
    ],
)
def test_a_variable_without_a_url_is_named(monkeypatch, value, expected):
    if value is not None:
        monkeypatch.setenv("BROKER", value)
    with pytest.raises(JobError) as caught:
        check_handlers(job(batch_failed=[{"rabbitmq": {"url_from_env": "BROKER", "queue": "q"}}]))
    assert str(caught.value) == expected
