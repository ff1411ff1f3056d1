"""Spark gives the bytes that the sequential backend gives, and the same life to every batch.

Every job costs an application, so these are few, and different from each other.
"""

import json

import pytest
from conformance.test_backends import TEXT, fields

LOCAL = ["command, raw concat", "python, word count", "every first attempt fails"]
STANDALONE = ["command, set_union", "python, word count", "csv, floats by key"]


@pytest.fixture
def spark(spark_client, conformance):
    """Runs a job on the sequential backend and on a master of Spark; all must agree."""
    conformance.backends = ["sequential", "spark"]

    def spark(job, base_dir, master):
        return conformance.agreed(job | {"parallel": {"spark": {"master": master}}}, base_dir)

    return spark


@pytest.mark.parametrize("name", LOCAL)
def test_local(name, inputs, spark):
    spark(fields(name), inputs, "local[2]")


@pytest.mark.parametrize("name", STANDALONE)
def test_standalone(name, inputs, spark, spark_client):
    spark(fields(name), inputs, spark_client.master_url)


def test_the_same_records_are_set_aside(inputs, spark, conformance):
    job = {"source": TEXT, "batch": {"batch_size": 25}, "work": {"python": "work:refuses_nines"}}
    spark(job | {"failure": {"quarantine": "record"}}, inputs, "local[2]")
    sequential, placed = (set_aside(conformance.folder / backend / "run") for backend in conformance.backends)
    assert placed == sequential
    assert [entry["content"] for entry in placed] == [f"line {number}" for number in range(9, 100, 10)]


def set_aside(run):
    files = sorted(run.glob("shards/*/quarantine.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
