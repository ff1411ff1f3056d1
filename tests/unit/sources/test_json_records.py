import json

from airflow_unifyweaver.sources.json_records import to_line


def test_a_line_is_utf8_without_a_newline_inside():
    assert to_line({"a": "é\n", "b": [1, None]}) == '{"a":"é\\n","b":[1,null]}\n'.encode()


def test_half_of_a_surrogate_pair_stays_escaped():
    line = to_line({"a": "\ud83d"})
    assert line == b'{"a":"\\ud83d"}\n'
    assert json.loads(line) == {"a": "\ud83d"}
