"""Batches of a topic together are its messages, whatever these are and however it is cut."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka_topics import TestTopic

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.registry import plan_source, reader_for

WITH_BROKER = settings(
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CUTS = st.one_of(
    st.builds(dict, batch_size=st.integers(1, 9)),
    st.builds(dict, batch_bytes=st.integers(1, 60)),
    st.just({"adaptive": {}}),
    st.just({}),
)


def batches(topic, kind, cut):
    source = topic.source(format=kind)
    job = BatchJob.from_dict({"name": "x", "source": source, "batch": cut, "work": {"command": "cat"}})
    with TemporaryDirectory() as folder:
        plan = plan_source(job, 2, Path(folder))
        reader = reader_for(plan.manifest, Path(folder))
        return [reader.read(recipe) for recipe in plan.recipes]


def by_partition(values, partitions):
    return [value for partition in range(partitions) for value in values[partition::partitions]]


@WITH_BROKER
@given(
    values=st.lists(st.none() | st.text('a"é\t \0', max_size=8), max_size=40), partitions=st.integers(1, 3), cut=CUTS
)
def test_text(kafka, values, partitions, cut):
    topic = TestTopic(kafka, partitions=partitions)
    topic.send([value if value is None else value.encode() for value in values])
    expected = [value or "" for value in by_partition(values, partitions)]
    found = batches(topic, "text", cut)
    assert [record for batch in found for record in batch] == expected
    assert b"".join(batch.bytes() for batch in found) == "".join(f"{value}\n" for value in expected).encode()
    if "batch_size" in cut:
        assert all(0 < len(batch.records()) <= cut["batch_size"] for batch in found)


JSON = st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


@WITH_BROKER
@given(values=st.lists(JSON, max_size=20), partitions=st.integers(1, 3), indent=st.none() | st.just(1), cut=CUTS)
def test_json(kafka, values, partitions, indent, cut):
    topic = TestTopic(kafka, partitions=partitions)
    topic.send([json.dumps(value, indent=indent).encode() for value in values])
    found = batches(topic, "json", cut)
    assert [record for batch in found for record in batch] == by_partition(values, partitions)
    for batch in found:
        records = batch.records()
        assert [list(batch.pick([record])) for record in records] == [[value] for value in batch]
