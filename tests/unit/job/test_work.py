"""Exactly one kind of work."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.work import Work


def test_a_function_is_named_by_where_it_is():
    assert Work(python=did_you_mean).python == "airflow_unifyweaver.job.nearest:did_you_mean"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give exactly one of python, command, prolog; got none"),
        ({"python": "a:b", "command": "wc"}, "give exactly one of python, command, prolog; got python and command"),
        ({"command": " "}, "command: wanted a bash command, got ' '"),
        ({"python": "a:b", "ok_exit_codes": [0, 1]}, "ok_exit_codes goes with command only"),
        (
            {"command": "wc", "ok_exit_codes": [0, 256]},
            "ok_exit_codes[1]: wanted an exit code, a whole number from 0 to 255, got 256",
        ),
        (
            {"command": "wc", "ok_exit_codes": 256},
            "ok_exit_codes: wanted a list of exit codes, whole numbers from 0 to 255, got 256",
        ),
        (
            {"prolog": {"file": "a.pl", "predicate": "p/1", "mode": "ro"}},
            "prolog.mode: unknown value 'ro'; did you mean row?",
        ),
    ],
)
def test_wrong_work(fields, message):
    with pytest.raises(JobError) as caught:
        Work(**fields)
    assert str(caught.value) == message
