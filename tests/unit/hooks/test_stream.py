"""Airflow connections as addresses of brokers."""

import json
import os

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.hooks.stream import broker_address, provide_address
from airflow_unifyweaver.job.model import BatchJob

SETTINGS = {"bootstrap.servers": "broker:9092", "sasl.password": "hidden"}


def job(**source):
    return BatchJob.from_dict(
        {"name": "clicks", "source": {"type": "kafka", "topic": "clicks", **source}, "work": {"command": "cat"}}
    )


def test_it_is_there_for_workers(monkeypatch):
    monkeypatch.setenv("UNIFYWEAVER_CONNECTION_MY_KAFKA", "{}")
    monkeypatch.setenv("AIRFLOW_CONN_MY_KAFKA", json.dumps({"conn_type": "kafka", "extra": SETTINGS}))
    provide_address(job(conn_id="my_kafka"))
    assert json.loads(os.environ["UNIFYWEAVER_CONNECTION_MY_KAFKA"]) == SETTINGS


def test_a_job_that_has_the_address_needs_none():
    assert broker_address(job(bootstrap_servers="broker:9092")) is None


def test_a_connection_for_something_else_is_refused(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "postgres", "host": "db"}))
    with pytest.raises(JobError, match="connection shop is of type postgres; a source of type kafka wants one of type"):
        broker_address(job(conn_id="shop"))


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (
            {"conn_type": "rabbitmq", "host": "mq", "port": 5673, "login": "u", "password": "p@:/", "schema": "shop/1"},
            "amqp://u:p%40%3A%2F@mq:5673/shop%2F1",
        ),
        ({"conn_type": "amqp", "host": "mq"}, "amqp://mq/"),
        ({"conn_type": "amqps", "host": "::1", "login": "u"}, "amqps://u@[::1]/"),
    ],
)
def test_a_connection_to_rabbitmq_is_a_url(monkeypatch, fields, url):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(fields))
    source = {"type": "rabbitmq", "conn_id": "shop", "queue": "q"}
    queue = BatchJob.from_dict({"name": "x", "source": source, "work": {"command": "cat"}})
    assert broker_address(queue) == url
