"""Python functions as work: what counts as one result and what as many."""

import pytest

from airflow_unifyweaver.work.python import PythonWork

RETURNED = [
    (None, []),
    (7, [7]),
    ("text", ["text"]),
    ({"a": 1}, [{"a": 1}]),
    (("key", 1), [("key", 1)]),
    ([1, 2], [1, 2]),
    ([], []),
    (range(3), [0, 1, 2]),
    ({"a": 1}.items(), [("a", 1)]),
    ((letter for letter in "ab"), ["a", "b"]),
]


class Returning:
    def __init__(self, value):
        self.value = value

    def resolve(self):
        return lambda batch: self.value


@pytest.mark.parametrize(("returned", "results"), RETURNED, ids=[type(value).__name__ for value, _ in RETURNED])
def test_results(returned, results):
    assert list(PythonWork(Returning(returned)).run("batch")) == results
