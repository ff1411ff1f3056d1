import pytest

from airflow_unifyweaver.aggregation.numbers import parse_numbers
from airflow_unifyweaver.exceptions import WorkError


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 12\r", "12"), ("-3", "-3"), ("+4", "4"), ("1.50", "1.5"), ("1e3", "1000.0"), ("-inf", "-inf"), ("nan", "nan")],
)
def test_numbers_of_lines(text, number):
    assert repr(parse_numbers("sum", [text], [text])[0]) == number
    assert repr(parse_numbers("sum", [text, "0.5"], [text, "0.5"])[0]) == number


def test_integers_of_any_size():
    assert parse_numbers("sum", ["9" * 10_000], [""]) == [10**10_000 - 1]


@pytest.mark.parametrize("text", ["", " ", "abc", "1_000", "1 2", "--1", "+-1", "1,5", "0x10"])
def test_what_is_no_number(text):
    with pytest.raises(WorkError, match="avg needs numbers, but the command printed the line 'k"):
        parse_numbers("avg", ["1", text], ["k\t1", f"k\t{text}"])


def test_a_long_line_is_cut():
    with pytest.raises(WorkError) as error:
        parse_numbers("avg", ["x" * 10_000], ["x" * 10_000])
    assert len(str(error.value)) < 200
