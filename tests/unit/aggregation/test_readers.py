import pytest

from airflow_unifyweaver.aggregation.readers import (
    byte_lines,
    line_keys,
    line_number_pairs,
    line_pairs,
    python_pairs,
    python_values,
    text_lines,
)
from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.output import OutputLines


def test_values_come_in_chunks():
    chunks = list(python_values(iter(range(150_000))))
    assert [value for chunk in chunks for value in chunk] == list(range(150_000))
    assert len(chunks) == 3


def test_pairs_are_tuples_or_lists_of_two():
    class Pair(tuple):
        __slots__ = ()

    pairs = [("a", 1), ["b", 2], Pair(("c", 3))]
    assert list(python_pairs(pairs)) == [pairs]
    assert list(python_pairs([])) == []


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("ab", r"'ab', of type str; yield \(key, value\)"),
        ({"a": 1, "b": 2}, r"dict; yield from its \.items\(\)"),
        ((1, 2, 3), r"\(1, 2, 3\), of type tuple"),
        (3, "a result is 3, of type int"),
    ],
)
def test_what_is_no_pair(result, message):
    with pytest.raises(WorkError, match=message):
        list(python_pairs([("a", 1), result]))


def test_lines():
    output = OutputLines(b"a\t1\tx\n\xff\t\n\t2\n")
    assert list(byte_lines(output)) == [[b"a\t1\tx", b"\xff\t", b"\t2"]]
    assert list(text_lines(output)) == [list(output)]
    assert list(line_keys(OutputLines(b"a\t1\nb\n\n"))) == [[("a", None), ("b", None), ("", None)]]
    assert list(line_pairs("concat", output)) == [[["a", "1\tx"], ["\udcff", ""], ["", "2"]]]
    assert list(line_number_pairs("sum", OutputLines(b"a\t1\nb\t 2.5 \n"))) == [[("a", 1), ("b", 2.5)]]


@pytest.mark.parametrize("read", [line_pairs, line_number_pairs])
def test_a_line_without_a_key(read):
    with pytest.raises(WorkError, match=r"sum by key needs lines of a key, a TAB and a value, .* the line 'abc'"):
        list(read("sum", OutputLines(b"a\t1\nabc\n")))


def test_only_the_output_of_a_command_has_lines():
    with pytest.raises(TypeError, match="takes OutputLines, not list"):
        list(byte_lines(["a"]))
