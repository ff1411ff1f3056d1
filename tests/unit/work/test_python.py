"""Python functions as work: what counts as one result and what as many."""

import pandas
import pytest

from airflow_unifyweaver.exceptions import WorkError
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


def test_a_table_is_no_list_of_results():
    with pytest.raises(WorkError, match=r"DataFrame, whose items are its columns; return \.to_dict\('records'\)"):
        PythonWork(Returning(pandas.DataFrame({"a": [1]}))).run("batch")


@pytest.mark.parametrize(("returned", "results"), RETURNED, ids=[type(value).__name__ for value, _ in RETURNED])
def test_results(returned, results):
    assert list(PythonWork(Returning(returned)).run("batch")) == results
