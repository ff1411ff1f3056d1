import random

import pytest

from airflow_unifyweaver.aggregation.order import in_order, sort_key

ORDERED = [
    "null", "false", "true", "-Infinity", "-5.5", "-1", "-0.0", "0", "0.0", "1", "1.0", "1.5", "2", "10",
    "9007199254740992", "9007199254740992.0", "9007199254740993", "1e+300", "1" + "0" * 6000, "Infinity", "NaN",
    '""', '"\\u0001"', '" "', '"\\""', '"a"', '"a b"', '"ab"', '"b"', '"\\udc80"', '"\uffff"', '"😀"',
    "[1]", "[]", "{}",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_published_order(seed):
    ordered = [text.encode() for text in ORDERED]
    shuffled = ordered.copy()
    random.Random(seed).shuffle(shuffled)
    assert in_order(shuffled) == ordered
    assert sorted(shuffled, key=sort_key) == ordered


def test_plain_texts_alone():
    assert in_order([b'"b"', b'"a c"', b'"a"']) == [b'"a"', b'"a c"', b'"b"']
