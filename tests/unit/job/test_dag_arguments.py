"""Keyword arguments for Airflow's DAG, as JSON can hold them."""

import datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from airflow_unifyweaver.job.dag_arguments import DagArguments

ADAPTER = TypeAdapter(DagArguments)


def test_dates_become_text():
    made = ADAPTER.validate_python(
        {
            "start_date": datetime.date(2024, 1, 1),
            "end_date": datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.UTC),
            "default_args": {"tags": ("a", None, 1.5, True)},
        }
    )
    assert made == {
        "start_date": "2024-01-01",
        "end_date": "2024-01-02T03:00:00+00:00",
        "default_args": {"tags": ["a", None, 1.5, True]},
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"a": {"b": [print]}}, r"a\.b\[0\] is <built-in function print>, but a job holds only text"),
        ({"a": float("nan")}, "a is nan"),
        ({"a": {1: 2}}, "a has the key 1; keys are text"),
    ],
)
def test_what_a_file_cannot_say_is_refused(arguments, message):
    with pytest.raises(ValidationError, match=message):
        ADAPTER.validate_python(arguments)


def test_a_list_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(ValidationError, match="is nested too deeply"):
        ADAPTER.validate_python({"a": loop})
