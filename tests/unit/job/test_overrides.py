"""Fields set from outside the job file."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.overrides import override


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("parallel.workers", "4", {"parallel": {"backend": "auto", "workers": 4}}),
        ("parallel.spark.master", "local[2]", {"parallel": {"backend": "auto", "spark": {"master": "local[2]"}}}),
        ("aggregation.reduce", "sum", {"aggregation": {"reduce": "sum"}}),
        ("aggregation.by_key", "true", {"aggregation": {"reduce": "concat", "by_key": True}}),
        ("aggregation", "set_union", {"aggregation": "set_union"}),
        ("output.path", "a.csv", {"output": {"path": "a.csv"}}),
        ("batch.batch_size", "null", {"batch": {"batch_size": None}}),
        ("batch.batch_size", "", {"batch": {"batch_size": None}}),
        ("source.path", "*.log", {"source": {"path": "*.log"}}),
        ("source.path", "[a, b]", {"source": {"path": ["a", "b"]}}),
        ("source.delimiter", "|", {"source": {"delimiter": "|"}}),
        ("source.delimiter", ",", {"source": {"delimiter": ","}}),
        ("source.delimiter", '"\\t"', {"source": {"delimiter": "\t"}}),
        ("source.quotechar", "''", {"source": {"quotechar": ""}}),
        ("dag.schedule", "@daily", {"dag": {"schedule": "@daily"}}),
    ],
)
def test_a_field_is_set(path, text, expected):
    data = {"aggregation": "concat", "parallel": {"backend": "auto"}, "output": None}
    assert override(data, {path: text}) == {**data, **expected}
    assert data == {"aggregation": "concat", "parallel": {"backend": "auto"}, "output": None}


def test_later_ones_see_earlier_ones():
    assert override({}, {"batch": "{batch_size: 1}", "batch.batch_size": "2"}) == {"batch": {"batch_size": 2}}


def test_a_path_into_something_without_fields_is_refused():
    with pytest.raises(JobError, match=r"^name\.x: name is 'job' and has no fields$"):
        override({"name": "job"}, {"name.x": "1"})


def test_a_broken_list_is_refused():
    with pytest.raises(JobError, match=r"^source\.path: not valid YAML at line 1"):
        override({}, {"source.path": "[a"})
