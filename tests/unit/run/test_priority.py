"""Which batches go first."""

import json

import pytest

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.priority import by_column, by_function, by_rank, newest_first


class Records:
    """Reads recipes that are lists of records."""

    def read(self, recipe):
        return recipe["records"]


def batches(*values, **more):
    recipes = [{"file": index, "records": [{"score": value}], **more} for index, value in enumerate(values)]
    return [PlannedBatch(index, json.dumps(recipe).encode()) for index, recipe in enumerate(recipes)]


def order(found, rank):
    return [batch.index for batch in by_rank(rank, iter(found))]


def test_newest_file_first():
    manifest = {"files": [{"mtime_ns": 5}, {"mtime_ns": 9}, {"mtime_ns": 7}]}
    assert order(batches("", "", ""), newest_first(manifest)) == [1, 2, 0]


def test_no_file_is_newest_where_batches_are_not_parts_of_files():
    with pytest.raises(JobError, match=r"^parallel.priority.file: the batches of this job are not parts of files"):
        newest_first({"type": "spooled", "origin": {"files": []}})


def test_column_by_value_and_text_last():
    assert order(batches("9", "10", "x", "-1", "1e3"), by_column(Records(), "score")) == [4, 1, 0, 3, 2]


def test_values_that_are_no_text():
    assert order(batches(2, True, None, 10**400, 9.5), by_column(Records(), "score")) == [4, 0, 1, 2, 3]


def test_batches_that_are_empty_or_cannot_be_read_come_last():
    class Broken(Records):
        def read(self, recipe):
            if recipe["file"] == 0:
                raise SourceError("broken")
            return [] if recipe["file"] == 1 else super().read(recipe)

    assert order(batches("1", "1", "x", "2"), by_column(Broken(), "score")) == [3, 2, 0, 1]


def test_equal_ranks_stay_in_order():
    assert order(batches("1", "1", "2", "1"), by_column(Records(), "score")) == [2, 0, 1, 3]


def test_function_of_the_batch():
    assert order(batches("a", "ccc", "bb"), by_function(Records(), lambda batch: len(batch[0]["score"]))) == [1, 2, 0]


def test_missing_column_is_named():
    with pytest.raises(JobError, match="the records of batch_00000 have no 'absent'"):
        order(batches("1"), by_column(Records(), "absent"))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda batch: 1 / 0,
            r"^parallel.priority.function: ZeroDivisionError: division by zero \(.*, on batch_00000$",
        ),
        (
            lambda batch: {"2": None}.get(batch[0]["score"], 1),
            "^parallel.priority.function: what it returns has no order",
        ),
    ],
)
def test_a_function_that_gives_no_rank(function, message):
    with pytest.raises(JobError, match=message):
        order(batches("1", "2"), by_function(Records(), function))
