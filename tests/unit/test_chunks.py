"""What comes one by one, put together into lists."""

import pytest

from airflow_unifyweaver.chunks import of_count, of_size


@pytest.mark.parametrize(("items", "lists"), [("", []), ("ab", ["ab"]), ("abcde", ["ab", "cd", "e"])])
def test_of_a_count(items, lists):
    assert ["".join(chunk) for chunk in of_count(iter(items), 2)] == lists


@pytest.mark.parametrize(
    ("items", "lists"),
    [([], []), ([1], [[1]]), ([3], [[3]]), ([1, 1, 1, 9, 2, 1, 2], [[1, 1, 1], [9], [2, 1], [2]])],
)
def test_of_a_size(items, lists):
    assert list(of_size(iter(items), 3, int)) == lists
