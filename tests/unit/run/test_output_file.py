"""The result as CSV."""

import csv
import json

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.output_file import write_output

HUGE = "1" * 5_000


@pytest.fixture
def rows(tmp_path):
    def written(*lines, raw=False, by_key=False):
        result, target = tmp_path / "result", tmp_path / "out.csv"
        result.write_text("".join(f"{line}\n" for line in lines))
        write_output(result, target, file_format="csv", raw=raw, by_key=by_key)
        with target.open(newline="") as file:
            return list(csv.reader(file))

    return written


def test_objects_and_plain_values_have_columns_of_their_own(rows):
    assert rows('{"a": 1, "b": [2]}', "5", '{"b": null}') == [
        ["a", "b", "value"],
        ["1", "[2]", ""],
        ["", "", "5"],
        ["", "", ""],
    ]


def test_integers_of_any_size(rows):
    assert rows(HUGE, f'{{"a": [{HUGE}]}}') == [["value", "a"], [HUGE, ""], ["", f"[{HUGE}]"]]
    assert rows(f'["a", {HUGE}]', by_key=True) == [["key", "value"], ["a", HUGE]]


def test_text_that_is_no_unicode(rows):
    with pytest.raises(RunError, match=r"^output.format: csv holds Unicode text only"):
        rows(json.dumps("\ud83d"))
