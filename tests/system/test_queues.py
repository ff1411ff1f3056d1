"""DAGs that a RabbitMQ queue starts, in a whole Airflow."""

import json
import time
from textwrap import dedent

import pytest
from rabbitmq_queues import queue_on
from standalone import standalone_airflow

DAG_FILE = """
    from airflow_unifyweaver.dags import dag_from_job

    dag_from_job({{
        "name": "orders",
        "source": {{"type": "rabbitmq", "conn_id": "broker", "queue": "{queue}"}},
        "batch": {{"batch_window": {{"seconds": 2}}}},
        "work": {{"command": "cat"}},
        "parallel": {{"backend": "sequential"}},
    }})
"""


@pytest.fixture
def queue(rabbitmq):
    with queue_on(rabbitmq) as queue:
        yield queue


def published(home):
    """Return the numbers in each run's result."""
    markers = (home / "unifyweaver" / "orders").glob("*/orders/result/_SUCCESS")
    return [sorted(map(int, (marker.parent / "result.txt").read_text().splitlines())) for marker in markers]


def test_runs_start_when_messages_have_waited(queue, tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "orders.py").write_text(dedent(DAG_FILE.format(queue=queue.name)))
    broker = queue.broker
    connection = {"conn_type": "rabbitmq", "host": "127.0.0.1", "port": broker.port}
    connection |= {"login": "guest", "password": "guest"}
    with standalone_airflow(tmp_path, AIRFLOW_CONN_BROKER=json.dumps(connection)):
        for number in range(3):
            ids = [str(id_) for id_ in range(10 * number, 10 * number + 10)]
            queue.publish(map(str.encode, ids), ids)
            deadline = time.monotonic() + 300
            while len(published(tmp_path)) <= number:
                assert time.monotonic() < deadline, f"{published(tmp_path)}, see {tmp_path}"
                time.sleep(0.2)
    assert sorted(published(tmp_path)) == [list(range(first, first + 10)) for first in (0, 10, 20)]
    written = [file.read_bytes() for file in (tmp_path / "unifyweaver").rglob("*") if file.is_file()]
    assert not [data for data in written if b"guest" in data]
