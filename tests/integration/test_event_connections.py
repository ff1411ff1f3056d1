"""Brokers that a job names by Airflow connection: events of a real task arrive, and secrets stay in the connection."""

import json

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, NewTopic

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.hooks.event_handlers import connected_handlers

SECRET = "hidden-3f2a"
PLACE = "connected"
DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    handlers = [
        {"kafka": {"conn_id": "streams", "topic": "connected"}},
        {"rabbitmq": {"conn_id": "queues", "queue": "connected"}},
    ]
    job = {
        "name": "lines",
        "source": {"type": "text", "path": "in.txt"},
        "work": {"command": "wc -l"},
        "on_event": {"batch_complete": handlers, "batches_complete": handlers},
    }

    with DAG("connected"):
        batch_task_group(job)
"""


@pytest.fixture
def streams(kafka):
    """Read the topic."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.create_topics([NewTopic(PLACE, 1)])[PLACE].result()
    consumer = Consumer(
        {"bootstrap.servers": kafka.bootstrap_servers, "group.id": PLACE, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([PLACE])
    yield lambda count: [json.loads(message.value()) for message in consumer.consume(count, timeout=30)]
    consumer.close()


@pytest.fixture
def queues(rabbitmq):
    """Read the queue."""
    with rabbitmq.channel() as channel:
        channel.queue_declare(PLACE)
        yield lambda count: [json.loads(channel.basic_get(PLACE, auto_ack=True)[2]) for _ in range(count)]


def connect(monkeypatch, conn_id, **fields):
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


def test_events_of_a_task_arrive_and_secrets_are_written_nowhere(
    airflow, kafka, rabbitmq, streams, queues, monkeypatch, caplog
):
    of_kafka = {"bootstrap.servers": kafka.bootstrap_servers, "sasl.password": SECRET, "group.id": "of-consumers"}
    connect(monkeypatch, "streams", conn_type="kafka", extra=of_kafka)
    of_rabbitmq = {"host": "127.0.0.1", "port": rabbitmq.port, "login": "guest", "password": "guest", "schema": "/"}
    connect(monkeypatch, "queues", conn_type="amqp", **of_rabbitmq)
    airflow.write("in.txt", "a\n")
    run = airflow.run(airflow.write("connected.py", DAG_FILE), PLACE)
    assert run.state == "success"
    for received in (streams(2), queues(2)):
        assert [(one["type"], one["data"]["job"]) for one in received] == [
            ("unifyweaver.batch_complete", "lines"),
            ("unifyweaver.batches_complete", "lines"),
        ]
    written = [file for file in airflow.folder(run, "lines").rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written for secret in (SECRET, "guest") if secret.encode() in file.read_bytes()]
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("handler", "conn_type", "expected"),
    [
        ({"kafka": {"topic": "t"}}, "kafka", "connection c wants the settings of librdkafka as JSON"),
        (
            {"rabbitmq": {"queue": "q"}},
            "http",
            "c is of type http; a handler of type rabbitmq wants one of type amqp or",
        ),
    ],
)
def test_a_connection_that_leads_nowhere_is_refused(monkeypatch, handler, conn_type, expected):
    connect(monkeypatch, "c", conn_type=conn_type)
    ((_, options),) = handler.items()
    options["conn_id"] = "c"
    fields = {
        "source": {"type": "text", "path": "a"},
        "work": {"command": "cat"},
        "on_event": {"batch_failed": [handler]},
    }
    with pytest.raises(JobError, match=expected):
        list(connected_handlers(BatchJob.from_dict({"name": "lines", **fields})))
