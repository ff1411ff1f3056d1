"""DAGs that a stream starts, in a whole Airflow: a run per closed window, and few runs after a downtime."""

import json
import time
from datetime import datetime
from textwrap import dedent

import pytest
from kafka_topics import TestTopic
from standalone import standalone_airflow

WINDOW = 4
BEHIND = 100
DAG_FILE = """
    from airflow_unifyweaver.dags import dag_from_job

    dag_from_job({{
        "name": "clicks",
        "source": {{"type": "kafka", "conn_id": "broker", "topic": "{topic}", "format": "json"}},
        "batch": {{"batch_window": {{"seconds": {window}}}}},
        "work": {{"python": "counting:numbers"}},
        "parallel": {{"backend": "sequential"}},
    }})
"""
WORK = """
    def numbers(batch):
        return [record["number"] for record in batch]
"""


class Clicks:
    """Numbered messages, and the runs that took them.

    :param airflow: the Airflow whose runs these are.
    """

    def __init__(self, topic, airflow):
        self._topic = topic
        self._airflow = airflow
        self.sent = 0

    def send(self, count, at=None):
        values = [json.dumps({"number": number}).encode() for number in range(self.sent, self.sent + count)]
        self._topic.send(values, at=at)
        self.sent += count

    def published(self):
        """Return the numbers in each run's result, by run."""
        results = (self._airflow.home / "unifyweaver" / "clicks").glob("*/clicks/result/result.jsonl")
        return {
            file.parents[2].name: [json.loads(line) for line in file.read_text().splitlines()]
            for file in results
            if (file.parent / "_SUCCESS").exists()
        }

    def wait(self, seconds):
        """Return the runs that have taken all that was sent, each message once."""
        deadline = time.monotonic() + seconds
        while sum(map(len, (runs := self.published()).values())) < self.sent:
            assert time.monotonic() < deadline, f"{self.sent} sent, {runs}, see {self._airflow.home}"
            time.sleep(0.2)
        assert sorted(number for numbers in runs.values() for number in numbers) == list(range(self.sent))
        return runs

    def created(self):
        """Return when each run was made, in seconds since the epoch."""
        runs = self._airflow.ask("GET", "dags/clicks/dagRuns", params={"limit": 100})["dag_runs"]
        return {run["dag_run_id"]: datetime.fromisoformat(run["queued_at"]).timestamp() for run in runs}


@pytest.fixture
def topic(kafka):
    return TestTopic(kafka, partitions=4, retention_ms=-1)


@pytest.fixture
def airflow(kafka, topic, tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "clicks.py").write_text(dedent(DAG_FILE.format(topic=topic.name, window=WINDOW)))
    (tmp_path / "dags" / "counting.py").write_text(dedent(WORK))
    settings = json.dumps({"bootstrap.servers": kafka.bootstrap_servers})
    connection = json.dumps({"conn_type": "kafka", "extra": settings})
    with standalone_airflow(tmp_path, AIRFLOW_CONN_BROKER=connection) as airflow:
        yield airflow


def test_runs_start_as_windows_close(topic, airflow):
    clicks = Clicks(topic, airflow)
    now = int(time.time()) // WINDOW * WINDOW
    for window in range(BEHIND):
        clicks.send(8, at=1_000 * (now - WINDOW * (BEHIND - window) + 1))
    behind = clicks.wait(300)
    assert len(behind) <= 3, f"{BEHIND} windows behind were caught up in {len(behind)} runs"

    airflow.kill("triggerer")
    delays = []
    for _ in range(3):
        before = set(clicks.published())
        clicks.send(10)
        closes = (int(time.time()) // WINDOW + 1) * WINDOW
        started = set(clicks.wait(120)) - before
        delays.append(min(clicks.created()[run] for run in started) - closes)
        time.sleep(2)
    print(f"\n{BEHIND} windows behind: {len(behind)} runs; a run starts after {delays} s")
    assert min(delays) <= 5  # the first is that of a triggerer that was killed
