import json

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.json_records import to_arrow, to_line, to_pandas

ROWS = [{"a": 1, "b": "x"}, {"b": None, "c": [1, 2]}, {}]


def test_a_line_is_utf8_without_a_newline_inside():
    assert to_line({"a": "é\n", "b": [1, None]}) == '{"a":"é\\n","b":[1,null]}\n'.encode()


def test_half_of_a_surrogate_pair_stays_escaped():
    line = to_line({"a": "\ud83d"})
    assert line == b'{"a":"\\ud83d"}\n'
    assert json.loads(line) == {"a": "\ud83d"}


def test_a_table_has_the_columns_of_all_records():
    table = to_arrow(ROWS)
    assert table.column_names == ["a", "b", "c"]
    assert table.to_pylist() == [{"a": None, "b": None, "c": None} | row for row in ROWS]


def test_other_values_than_objects_are_one_column():
    assert to_arrow([1, 2]).to_pydict() == {"value": [1, 2]}
    assert to_pandas(["x"]).to_dict("list") == {"value": ["x"]}


def test_values_without_a_common_type_make_no_table():
    with pytest.raises(SourceError, match=r"a batch's .arrow\(\) needs one type a column"):
        to_arrow([{"a": 1}, {"a": "x"}])


def test_a_frame_has_the_columns_of_all_records():
    frame = to_pandas(ROWS)
    assert list(frame.columns) == ["a", "b", "c"]
    assert frame["b"][0] == "x"
