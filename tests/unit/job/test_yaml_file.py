"""YAML, and where it is wrong."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.yaml_file import parse_yaml

QUOTES = "; put quotes around a value that starts with *, &, @, %, ` or {{"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 100_000", {"a": 100_000}),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}", {"a": {"b": 1}, "c": {"b": 2}}),
        ("1: a\n'1': b", {1: "a", "1": "b"}),
        (f"a: {'x' * 9_000}", {"a": "x" * 9_000}),
    ],
)
def test_right_yaml(text, value):
    assert parse_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", "not valid YAML at line 4, column 3: c is given twice"),
        ("a: [1", "not valid YAML at line 1, column 6: expected ',' or ']', but got '<stream end>'"),
        (
            "a: *.log",
            f"not valid YAML at line 1, column 5: expected alphabetic or numeric character, but found '.'{QUOTES}",
        ),
        ("a: {{ ds }}", f"not valid YAML at line 1, column 5: found unhashable key{QUOTES}"),
        ("a:\n\tb: 1", "not valid YAML at line 2, column 1: found character '\\t' that cannot start any token"),
        ("a: 1\nb: \x07", "not valid YAML at line 2: the character 0x7 is not allowed"),
        ("a: 2024-13-01", "not valid YAML: month must be in 1..12"),
        (
            "a: !!python/name:os.system",
            (
                "not valid YAML at line 1, column 4: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/name:os.system'"
            ),
        ),
    ],
)
def test_wrong_yaml_says_where(text, message):
    with pytest.raises(JobError) as caught:
        parse_yaml(text)
    assert str(caught.value) == message
