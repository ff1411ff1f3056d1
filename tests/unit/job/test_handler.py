"""What may stand in ``on_event``."""

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.export import export_job
from airflow_unifyweaver.job.handler import Webhook

MINIMAL = {"name": "x", "source": {"type": "text", "path": "a"}, "work": {"command": "cat"}}


def handlers(*given):
    return BatchJob.from_dict(MINIMAL | {"on_event": {"batch_failed": list(given)}}).on_event["batch_failed"]


def message(given):
    with pytest.raises(JobError) as caught:
        handlers(given)
    return str(caught.value).removeprefix("on_event.batch_failed[0]")


def test_a_url_is_short_for_a_webhook():
    assert handlers("https://hooks.example/x", "a.py:f") == (Webhook(url="https://hooks.example/x"), "a.py:f")


def test_a_webhook_survives_being_written_out():
    webhook = {"url": "http://x:8000/y?z=1", "headers_from_env": {"X-Key": "KEY"}, "timeout": 3}
    job = BatchJob.from_dict(MINIMAL | {"on_event": {"batch_failed": [webhook]}})
    assert BatchJob.from_dict(job.to_dict()) == job


def test_handlers_of_all_kinds_survive_every_front_end(tmp_path):
    given = [
        "a.py:f",
        {"prolog": {"file": "a.pl", "predicate": "p/1"}},
        {"url": "https://x/y"},
        {"url_from_env": "HOOK"},
        {"kafka": {"bootstrap_servers": "a:9092,b:9092", "topic": "batches"}},
        {"kafka": {"conn_id": "brokers", "topic": "batches"}},
        {"rabbitmq": {"url": "amqp://broker/%2f", "queue": "batches"}},
        {"rabbitmq": {"url_from_env": "BROKER", "exchange": "batches"}},
    ]
    job = BatchJob.from_dict(MINIMAL | {"on_event": {"batch_failed": given, "batches_complete": given}})
    assert BatchJob.from_dict(job.to_dict()) == job
    for form, suffix in (("yaml", "yaml"), ("pl", "pl")):
        file = tmp_path / f"job.{suffix}"
        file.write_text(export_job(job, form))
        assert BatchJob.from_file(file).to_dict()["on_event"] == job.to_dict()["on_event"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ftp://x/y", ".url: a webhook is an http:// or https:// URL"),
        ("https://", ".url: a webhook is an http:// or https:// URL"),
        ("https://a b/", ".url: a webhook is an http:// or https:// URL"),
        ("https://[::1/", ".url: a webhook is an http:// or https:// URL"),
        ("https://x:port/", ".url: a webhook is an http:// or https:// URL"),
        (
            "https://user:pass@x/",
            ".url: no user and password in the URL; name a variable in headers_from_env, or give conn_id",
        ),
        (
            "https://x/?a=1&token=hidden",
            (
                ".url: no secret such as token in the URL; give url_from_env with the name of a variable that holds "
                "the whole URL, or conn_id"
            ),
        ),
        ({}, ": give exactly one of url, url_from_env, conn_id; got none"),
        ({"url": "http://x", "conn_id": "y"}, ": give exactly one of url, url_from_env, conn_id; got url and conn_id"),
        ({"ulr": "http://x"}, ".ulr: unknown field; did you mean url?"),
        ({"url": "http://x", "timeout": 0}, ".timeout: wanted a number of seconds above 0, got 0"),
        (
            {"url": "http://x", "headers_from_env": {"X": ""}},
            ".headers_from_env.X: wanted a name of letters, digits, '_' and '-', got ''",
        ),
        ({"kafka": {"topic": "t"}}, ".kafka: give exactly one of bootstrap_servers, conn_id; got none"),
        ({"kafka": {"conn_id": "c"}}, ".kafka.topic: required field is missing"),
        ({"kafka": {"conn_id": "c", "tpic": "t"}}, ".kafka.topic: required field is missing"),
        ({"rabbitmq": {"conn_id": "c"}}, ".rabbitmq: give exactly one of queue, exchange; got none"),
        (
            {"rabbitmq": {"conn_id": "c", "url_from_env": "V", "queue": "q"}},
            ".rabbitmq: give exactly one of url, url_from_env, conn_id; got url_from_env and conn_id",
        ),
        (
            {"rabbitmq": {"url": "http://x", "queue": "q"}},
            ".rabbitmq.url: wanted a URL such as amqp://user@host:5672/vhost",
        ),
        (
            {"rabbitmq": {"url": "amqp://u:hidden@x", "queue": "q"}},
            (
                ".rabbitmq.url: no password in the URL, as a job is written down in places; give conn_id, or "
                "url_from_env with the name of a variable that holds the whole URL"
            ),
        ),
        (3, ': wanted "pkg.mod:function" or "file.py:function", or the URL of a webhook, got 3'),
        ("a", ': wanted "pkg.mod:function" or "file.py:function", or the URL of a webhook, got \'a\''),
    ],
)
def test_anything_else_is_refused_in_words(given, expected):
    assert message(given).splitlines()[0] == expected
