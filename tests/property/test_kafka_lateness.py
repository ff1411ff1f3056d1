"""However late messages are, and whatever runs are left: each record is in one result, and windows are complete."""

import json
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka_topics import TestTopic

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.kafka_closed import MOST_AHEAD
from airflow_unifyweaver.sources.registry import plan_source, position_of, reader_for

SECONDS = 1_000  # so long that none is over while an example runs
LATEST = 4
MESSAGE = st.tuples(
    st.lists(st.integers(-3, LATEST), min_size=1, max_size=2),  # windows of its records, after the first that is open
    st.integers(-3, 0),  # window of the time that Kafka has
)
RUN = st.tuples(
    st.lists(MESSAGE, max_size=6),  # what comes before it
    st.integers(-2, 0),  # windows before this one are over
    st.booleans(),  # whether it is published
)


class Stream:
    """A topic whose clock stands still, and what shall become of its records.

    :param kafka: the broker.
    :param partitions: how many the topic has.
    """

    def __init__(self, kafka, partitions):
        self._topic = TestTopic(kafka, partitions=partitions, retention_ms=-1)
        self._now = (time.time() // SECONDS - 1) * SECONDS
        self._before = None
        self._due = {}
        self.published = Counter()

    def send(self, messages):
        for windows, came in messages:
            lines = [f"{self._time(window)} {len(self._due) + index}" for index, window in enumerate(windows)]
            self._topic.send(["\n".join(lines).encode()], at=round(1_000 * self._time(came)))
            for line, window in zip(lines, windows, strict=True):
                self._due[line] = min(self._time(window), self._time(came) + MOST_AHEAD)

    def run(self, before, published):
        """Take what is due before a window, and see that it is just that."""
        border = self._now + before * SECONDS
        job = self._job(time.time() - border - SECONDS / 2)
        position = position_of(job)
        with TemporaryDirectory() as spool:
            position.enter()
            plan = plan_source(job, 2, Path(spool))
            recipes = list(plan.recipes)
            reader = reader_for(plan.manifest, Path(spool))
            batches = [[record.rstrip("\n") for record in reader.read(recipe)] for recipe in recipes]
            position.claim(Path(spool), "here")
            border = border if self._before is None else max(border, self._before)
            self._check(batches, border)
            if published:
                position.advance(Path(spool))
                self._before = border
                self.published.update(record for batch in batches for record in batch)
        position.close()

    def _check(self, batches, border):
        due = [line for line, moment in self._due.items() if moment < border and line not in self.published]
        assert sorted(record for batch in batches for record in batch) == sorted(due)
        assert len({self._window(record) for record in due}) == len(batches)
        assert all(len({self._window(record) for record in batch}) == 1 for batch in batches)

    def _job(self, lateness):
        window = {"seconds": SECONDS, "column": 1, "lateness": lateness}
        fields = {"name": "x", "source": self._topic.source(), "batch": {"batch_window": window}}
        return BatchJob.from_dict(json.loads(json.dumps(fields)) | {"work": {"command": "cat"}})

    def _time(self, window):
        return self._now + (window + 0.5) * SECONDS

    def _window(self, record):
        return float(record.split()[0]) // SECONDS


@settings(
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(runs=st.lists(RUN, min_size=1, max_size=4), partitions=st.integers(1, 3))
def test_each_record_is_in_one_result(kafka, runs, partitions):
    stream = Stream(kafka, partitions)
    for messages, before, published in runs:
        stream.send(messages)
        stream.run(before, published)
    assert all(count == 1 for count in stream.published.values())
