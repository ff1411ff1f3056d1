from itertools import pairwise

import pytest

from airflow_unifyweaver.sources.windows import Windows, microseconds

NOON = 1_432_123_200_000_000  # 2015-05-20T12:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "2015-05-20T12:00:00Z",
        "2015-05-20T12:00:00",
        "2015-05-20 12:00:00,000",
        "2015-05-20T14:00+02:00",
        "20150520T120000Z",
        " 2015-05-20T12:00:00.000000 ",
        "1432123200",
        "+1432123200.000",
    ],
)
def test_one_time_has_many_spellings(text):
    assert microseconds(text) == NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("-1", -1_000_000), ("-0.5", -500_000), ("1.9999999", 1_999_999), ("-0.0000001", -1)],
)
def test_seconds_since_the_epoch(text, expected):
    assert microseconds(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "12:00", "nan", "inf", "1e9", "1_000", "0x10", "٣", "2015-13-01"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match=r"^it is neither ISO 8601 nor a number of seconds since the epoch$"):
        microseconds(text)


def test_milliseconds_are_not_taken_for_seconds():
    with pytest.raises(ValueError, match=r"beyond the year 9999; times since the epoch are seconds"):
        microseconds("1432123200000")


@pytest.mark.parametrize("text", ["20240101", " 19991231 "])
def test_a_date_without_hyphens_is_not_taken_for_seconds(text):
    with pytest.raises(ValueError, match=r"it may be a date or seconds since the epoch; write dates as 2024-01-31"):
        microseconds(text)


@pytest.mark.parametrize("text", ["20241301", "20240100", "20240101.0", "120240101", "+20240101"])
def test_other_numbers_of_eight_digits_are_seconds(text):
    assert microseconds(text) == float(text) * 1_000_000


def test_windows_start_at_multiples_of_their_length():
    windows = Windows(5)
    keys = [windows.key(time) for time in (b"-0.1", b"0", b"4.999999", b"5", b"2015-05-20T12:00:04Z", b"1432123205")]
    assert [before == after for before, after in pairwise(keys)] == [False, True, False, False, False]
    assert keys == sorted(keys)


@pytest.mark.parametrize("time", ["-0.1", "0", "4.999999", "1432123205"])
def test_windows_are_known_by_their_start(time):
    windows = Windows(5)
    assert windows.start(windows.key(time.encode())) == microseconds(time) // 5_000_000 * 5_000_000
