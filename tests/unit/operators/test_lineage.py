"""How OpenLineage calls the streams that jobs read."""

import pytest

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.lineage import _inputs


@pytest.mark.parametrize(
    ("source", "namespace", "name"),
    [
        ({"type": "kafka", "bootstrap_servers": "one:9092,two:9092", "topic": "clicks"}, "kafka://one:9092", "clicks"),
        ({"type": "rabbitmq", "url": "amqp://me@rabbit/shop", "queue": "orders"}, "amqp://rabbit", "shop/orders"),
        ({"type": "rabbitmq", "url_from_env": "BROKER", "queue": "orders"}, "amqps://rabbit:5671", "orders"),
        ({"type": "rabbitmq", "conn_id": "broker", "queue": "orders"}, "amqp://rabbit", "%2F/orders"),
    ],
)
def test_streams_are_named_without_what_is_secret(monkeypatch, source, namespace, name):
    monkeypatch.setenv("BROKER", "amqps://me:secret@rabbit:5671")
    monkeypatch.setenv("UNIFYWEAVER_CONNECTION_BROKER", "amqp://me:secret@rabbit/%2F")
    job = BatchJob.from_dict({"name": "job", "source": source, "work": {"command": "cat"}})
    assert [(found.namespace, found.name) for found in _inputs(job)] == [(namespace, name)]
