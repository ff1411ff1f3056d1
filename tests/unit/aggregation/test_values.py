import datetime
import decimal
import sys
from collections import Counter, namedtuple
from enum import IntEnum, StrEnum

import numpy as np
import pytest

from airflow_unifyweaver.aggregation.values import as_lines, decode, decode_all, encode, encode_all, shown
from airflow_unifyweaver.digits import from_digits, to_digits
from airflow_unifyweaver.exceptions import WorkError

Point = namedtuple("Point", "x y")
Colour = StrEnum("Colour", {"RED": "red"})
Level = IntEnum("Level", {"LOW": 1})
HUGE = 7**12_000  # more than 10,000 digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ('ä\t\n"', '"ä\\t\\n\\""'),
        ("a\\\udc80", '"a\\\\\\udc80"'),
        ("\ud83d\ude00", '"😀"'),
        ({"b": 1, "a": [1, 2]}, '{"a":[1,2],"b":1}'),
        ((1, (2,)), "[1,[2]]"),
        (Point(1, 2), "[1,2]"),
        (Counter(a=2), '{"a":2}'),
        (Colour.RED, '"red"'),
        (Level.LOW, "1"),
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (np.float32(0.5), "0.5"),
        (np.bool_(True), "true"),
        ({"a": np.int8(1)}, '{"a":1}'),
        (np.str_("x"), '"x"'),
    ],
)
def test_canonical_text(value, text):
    assert encode(value) == text.encode()
    assert encode_all([value, value]) == [text.encode()] * 2
    assert encode(decode(text.encode())) == text.encode()


@pytest.mark.parametrize("limit", [sys.get_int_max_str_digits(), 640])
@pytest.mark.parametrize("value", [HUGE, -HUGE, 10**512, -(10**512), 10**512 - 1, 10**10_000, 0], ids=hash)
def test_integers_of_any_size(value, limit):
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(limit)
        digits = to_digits(value)
        assert from_digits(digits) == value
        nested = {"a": [value, "x", None], "b": {"c": (value,)}}
        assert decode(encode(value)) == value
        assert decode_all(encode_all([value, "x", 1.5])) == [value, "x", 1.5]
        assert decode(encode(nested)) == {"a": [value, "x", None], "b": {"c": [value]}}
        assert sys.get_int_max_str_digits() == limit
        sys.set_int_max_str_digits(0)
        assert digits == str(value)
        assert from_digits(f"+{abs(value)}") == abs(value)
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1, 2}, r"builtins\.set.*\{1, 2\}; give a list"),
        (b"x", r"builtins\.bytes.*b'x'; decode it"),
        (datetime.datetime(2024, 1, 1), r"datetime\.datetime.*isoformat"),
        (decimal.Decimal(1), r"decimal\.Decimal.*str\(value\)"),
        (np.array([1, 2]), r"numpy\.ndarray.*tolist"),
        (np.datetime64("2024-01-01"), r"datetime\.date\b.*isoformat"),
        (np.longdouble(1), r"numpy\.longdouble"),
        (1j, r"builtins\.complex.*str, number, list or dict"),
        ([{"a": {1}}], r"builtins\.set"),
        ({1: "a"}, r"key 1, but JSON's keys are text; use str\(key\)"),
        ([{"a": {None: 1}}], r"key None"),
    ],
)
def test_what_json_does_not_have(value, message):
    with pytest.raises(WorkError, match=message):
        encode(value)
    with pytest.raises(WorkError, match=message):
        encode_all([1, value])


def test_a_value_that_contains_itself():
    value = []
    value.append(value)
    with pytest.raises(WorkError, match="contain itself"):
        encode(value)


def test_no_values():
    assert encode_all([]) == []
    assert decode_all([]) == []
    assert as_lines([]) == b""
    assert as_lines([b"1", b"2"]) == b"1\n2\n"


def test_shown_is_short():
    assert shown("x" * 1000) == "'" + "x" * 76 + "..."
    assert shown(HUGE) == "<a int too long to show>"
