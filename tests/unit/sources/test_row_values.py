"""Values as JSON has them."""

import json
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from ipaddress import ip_address, ip_interface
from uuid import UUID

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.row_lines import RowLines
from airflow_unifyweaver.sources.row_values import json_column

VIENNA = timezone(timedelta(hours=2))


class Level(IntEnum):
    HIGH = 3


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\u2028\n", "a\u2028\n"),
        (2**80, 2**80),
        (0.1, 0.1),
        (True, True),
        (None, None),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+30"), "1E+30"),
        (Decimal("NaN"), "NaN"),
        (date(2026, 11, 25), "2026-11-25"),
        (datetime(2026, 11, 25, 9, 30, 0, 5), "2026-11-25T09:30:00.000005"),
        (datetime(2026, 11, 25, 9, 30, tzinfo=VIENNA), "2026-11-25T07:30:00+00:00"),
        (datetime(2026, 11, 25, 9, 30, tzinfo=UTC), "2026-11-25T09:30:00+00:00"),
        (time(9, 30, tzinfo=VIENNA), "09:30:00+02:00"),
        (timedelta(hours=1, microseconds=1), 3600.000001),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ip_address("::1"), "::1"),
        (ip_interface("10.0.0.1/8"), "10.0.0.1/8"),
        (b"\0\xff", "AP8="),
        (memoryview(b"\0\xff"), "AP8="),
        ([Decimal(1), None, [b"a"]], ["1", None, ["YQ=="]]),
        ({"a": [date(2026, 1, 1)], 1: Decimal(2)}, {"a": ["2026-01-01"], "1": "2"}),
        (Level.HIGH, 3),
        (Colour.RED, "red"),
    ],
)
def test_each_type_has_one_form(value, expected):
    for values in ([value], [value, None], [value, "text", 1]):
        (found, *_) = json_column("c", values)
        assert (found, type(found)) == (expected, type(expected))
        assert json.loads(RowLines(["c"]).encode([(each,) for each in values]).splitlines()[0]) == {"c": expected}


def test_not_a_number_is_written_as_pythons_json_does():
    first, second = RowLines(["x"]).encode([(math.nan,), (-math.inf,)]).splitlines()
    assert (first, second) == (b'{"x":NaN}', b'{"x":-Infinity}')


@pytest.mark.parametrize("value", [1j, [1j], {"a": object}])
def test_a_type_without_a_form_is_named_with_its_column_and_a_remedy(value):
    with pytest.raises(SourceError, match=r"the column 'during' has values of type (complex|type), which have no form"):
        json_column("during", ["x", value])


def test_lines_have_the_columns_in_their_order_whatever_their_names():
    lines = RowLines(["100%", 'q"', "a\nb", "%s"])
    assert json.loads(lines.encode([(1, 2, 3, 4)])) == {"100%": 1, 'q"': 2, "a\nb": 3, "%s": 4}


def test_the_types_of_a_column_are_remembered():
    lines = RowLines(["a", "b"])
    lines.encode([(1, Decimal(1)), (None, None)])
    lines.encode([(1.5, [1])])
    assert lines.kinds == {"a": {"int", "float", "NoneType"}, "b": {"str", "NoneType", "list"}}
