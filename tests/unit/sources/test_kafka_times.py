"""Windows of the broker's time, of a topic that grows while it is looked at."""

import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources import kafka_plan
from airflow_unifyweaver.sources.kafka_backlog import KafkaBacklog

SECONDS = 5


class Growing:
    """Stands for a topic, as a real one cannot be made to get a message at a given moment.

    :param clock: has the time, in its first element.
    """

    name = "clicks"

    def __init__(self, clock):
        self._clock = clock
        self._seconds = [clock[0]]

    def partitions(self):
        return [0]

    def committed(self, _):
        return {}

    def watermarks(self, _):
        """Return the ends; a moment later comes a message, and another moment later the window is over."""
        end = len(self._seconds)
        self._seconds.append(self._clock[0])
        self._clock[0] = (self._clock[0] // SECONDS + 1) * SECONDS + 0.1
        return 0, end

    def at_time(self, milliseconds, ends):
        later = (number for number, second in enumerate(self._seconds) if 1000 * second >= milliseconds)
        return {0: min(next(later, ends[0]), ends[0])}

    def messages(self, _, start, stop):
        for second in self._seconds[start:stop]:
            yield SimpleNamespace(value=lambda: b"x", timestamp=lambda at=second: (1, round(1000 * at)))


@pytest.fixture
def topic(monkeypatch):
    clock = [104.8]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    topic = Growing(clock)
    monkeypatch.setattr(kafka_plan, "open_topic", lambda _: nullcontext(topic))
    return topic


@pytest.fixture
def job():
    source = {"type": "kafka", "bootstrap_servers": "nowhere:1", "topic": "clicks"}
    batch = {"batch_window": {"seconds": SECONDS}}
    return BatchJob.from_dict({"name": "clicks", "source": source, "batch": batch, "work": {"command": "cat"}})


def planned(job, folder):
    return list(kafka_plan.plan_kafka(job.source, job, 1, folder).recipes)


def test_a_window_that_ends_while_the_topic_is_looked_at_is_the_next_runs(topic, job, tmp_path):
    assert planned(job, tmp_path) == []
    assert planned(job, tmp_path) == [{"parts": [{"file": 0, "start": 0, "stop": 2}]}]


def test_no_run_is_due_for_a_window_that_ends_while_the_topic_is_looked_at(topic, job):
    backlog = KafkaBacklog(topic, job.batch, "text")
    assert backlog.ready() is None
    assert backlog.ready() == {"messages": 2, "stops": {"0": 2}}
