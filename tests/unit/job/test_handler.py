"""What may stand in ``on_event``."""

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError
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
        ({}, ": give exactly one of url, conn_id; got none"),
        ({"url": "http://x", "conn_id": "y"}, ": give exactly one of url, conn_id; got url and conn_id"),
        ({"ulr": "http://x"}, ".ulr: unknown field; did you mean url?"),
        ({"url": "http://x", "timeout": 0}, ".timeout: wanted a number of seconds above 0, got 0"),
        (
            {"url": "http://x", "headers_from_env": {"X": ""}},
            ".headers_from_env.X: wanted a name of letters, digits, '_' and '-', got ''",
        ),
        (3, ': wanted "pkg.mod:function" or "file.py:function", or the URL of a webhook, got 3'),
        ("a", ': wanted "pkg.mod:function" or "file.py:function", or the URL of a webhook, got \'a\''),
    ],
)
def test_anything_else_is_refused_in_words(given, expected):
    assert message(given).splitlines()[0] == expected
