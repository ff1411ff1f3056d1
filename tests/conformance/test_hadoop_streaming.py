"""On hadoop_streaming a job gives the bytes that it gives on sequential, and the same life to every batch.

YARN takes seconds to start a container, so a few jobs stand for all.
"""

import random

import pytest

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan

WORK = """
import os
from pathlib import Path

import airflow_unifyweaver

def words(batch):
    for line in batch:
        for word in line.split():
            yield word, 1

def fails_once(batch):
    rows = list(batch)
    marks = Path(os.environ["CONFORMANCE_MARKS"])
    (marks / "code").write_text(airflow_unifyweaver.__file__)
    if not (marks / rows[0]["number"]).exists():
        (marks / rows[0]["number"]).touch()
        raise RuntimeError("first attempt")
    return rows
"""
TEXT = {"type": "text", "path": "lines.txt"}
CSV = {"type": "csv", "path": "cities.csv"}


@pytest.fixture
def inputs(tmp_path, yarn, monkeypatch):
    for name, value in yarn.env.items():
        monkeypatch.setenv(name, value)
    generator = random.Random(3)
    lines = [" ".join(generator.choices(["ab", "cd", "é", "ü", "1"], k=4)) for _ in range(100)]
    (tmp_path / "lines.txt").write_text("\n".join(lines))
    cities = ["Graz", "São Paulo", '"Two\nLines"']
    rows = [f"{generator.choice(cities)},{number}\n" for number in range(30)]
    (tmp_path / "cities.csv").write_text("city,number\n" + "".join(rows))
    (tmp_path / "work.py").write_text(WORK)
    return tmp_path


@pytest.fixture
def agree(inputs, conformance):
    """Runs a job on both, and returns the run on hadoop_streaming."""

    def agree(workers=1, **fields):
        marks = conformance.folder / "hadoop_streaming" / "marks"
        parallel = {"workers": workers, "hadoop_streaming": {"hadoop_opts": ["-cmdenv", f"CONFORMANCE_MARKS={marks}"]}}
        expected = conformance.run("sequential", fields, inputs)
        assert conformance.run("hadoop_streaming", fields | {"parallel": parallel}, inputs) == expected
        return RunDirectory(marks.parent / "run")

    return agree


def test_a_command_by_two_workers(agree):
    run = agree(2, source=TEXT, batch={"batch_size": 5}, work={"command": "tr a-z A-Z"}, aggregation="concat")
    assert len(Plan.require(run).shards) == 2


def test_words_are_counted(agree):
    counted = {"reduce": "sum", "by_key": True}
    run = agree(source=TEXT, batch={"batch_size": 9}, work={"python": "work:words"}, aggregation=counted)
    files = {path.name for path in (run.path / "cluster" / "0000" / "hadoop").iterdir()}
    assert files == {"client.log", "code.zip", "references"}  # neither output nor an application that may still run


def test_first_attempts_fail_and_the_code_is_what_was_shipped(agree):
    run = agree(source=CSV, batch={"batch_size": 6}, work={"python": "work:fails_once"}, retry={"delay": 0.0})
    assert (run.path.parent / "marks" / "code").read_text().endswith("/unifyweaver/airflow_unifyweaver/__init__.py")
