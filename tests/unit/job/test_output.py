"""The format of the output."""

import pytest

from airflow_unifyweaver.job.output import Output


@pytest.mark.parametrize(
    ("path", "format_"),
    [("a.csv", "csv"), ("a.jsonl", "jsonl"), ("a.parquet", "parquet"), ("a.txt", "jsonl"), ("out/{{ ds }}", "jsonl")],
)
def test_the_suffix_decides_when_nothing_else_does(path, format_):
    assert Output(path=path).format == format_


def test_what_is_said_wins_over_the_suffix():
    assert Output(path="a.csv", format="jsonl").format == "jsonl"
