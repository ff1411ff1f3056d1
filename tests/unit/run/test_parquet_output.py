"""The result as a Parquet file."""

import json
import os
import sys

import pytest
from pyarrow import parquet

from airflow_unifyweaver import BatchJob, runner
from airflow_unifyweaver.exceptions import JobError, RunError
from airflow_unifyweaver.run import directory, parquet_output
from airflow_unifyweaver.run.output_file import write_output


@pytest.fixture
def write(tmp_path):
    def write_values(*values, raw=False, by_key=False):
        result = tmp_path / "result"
        lines = [value if raw else json.dumps(value).encode() for value in values]
        result.write_bytes(b"".join(line + b"\n" for line in lines))
        write_output(result, tmp_path / "out.parquet", file_format="parquet", raw=raw, by_key=by_key)
        return parquet.read_table(tmp_path / "out.parquet")

    return write_values


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([1, None, -(2**63), 2**63 - 1], "int64"),
        ([1, 0.5], "double"),
        ([True, None], "bool"),
        (["a", "é"], "string"),
        ([None], "null"),
        ([[1], [], [None, 2.5]], "list<element: double>"),
        ([[], None], "list<element: null>"),
    ],
)
def test_plain_values_are_one_column(write, values, type_):
    table = write(*values)
    assert str(table.schema.field("value").type) == type_
    assert table["value"].to_pylist() == values


def test_objects_are_rows(write):
    table = write({"id": 1, "at": {"x": 1}}, {"id": 2, "name": "b", "at": {"y": ["z"]}})
    assert table.column_names == ["id", "at", "name"]
    assert table.to_pylist() == [
        {"id": 1, "at": {"x": 1, "y": None}, "name": None},
        {"id": 2, "at": {"x": None, "y": ["z"]}, "name": "b"},
    ]


def test_pairs_are_two_columns(write):
    assert write(["a", 1], ["b", 2], by_key=True).to_pylist() == [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    assert write(by_key=True).column_names == ["key", "value"]


def test_lines_are_text(write):
    assert write(b"1", "é".encode(), raw=True).to_pylist() == [{"value": "1"}, {"value": "é"}]


def test_an_empty_result_is_an_empty_table(write):
    assert (write().column_names, write().num_rows) == (["value"], 0)


def test_rows_are_written_in_groups(write, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_output, "GROUP_BYTES", 50)
    assert write(*range(100))["value"].to_pylist() == list(range(100))
    assert parquet.ParquetFile(tmp_path / "out.parquet").num_row_groups > 3


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([{"a": 1}, {"a": "x"}], "'a' has integers and text, in result 2"),
        ([{"a": True}, {"a": 1}], "'a' has true or false and integers, in result 2"),
        ([1, [1]], "'value' has integers and lists, in result 2"),
        ([[1, "a"]], "'value' has integers and text, in result 1"),
        ([{"a": {"b": 1}}, {"a": {"b": []}}], "'a' has integers and lists, in result 2"),
        ([2**63], "'value' has integers of more than 64 bits, in result 1"),
        ([-(2**63) - 1], "'value' has integers of more than 64 bits, in result 1"),
        ([0.5, 2**60], "'value' has fractions and integers beyond 2**53, which no float holds exactly, in result 2"),
        ([2**60, 0.5], "'value' has fractions and integers beyond 2**53, which no float holds exactly, in result 2"),
        ([{"a": {}}], "'a' has objects without any field, which Parquet does not have"),
    ],
)
def test_values_that_do_not_fit_one_type_are_refused(write, tmp_path, values, problem):
    (tmp_path / "out.parquet").write_text("as it was")
    with pytest.raises(RunError) as caught:
        write(*values)
    assert str(caught.value).startswith(f"output.format: a column of a Parquet file has one type, but {problem}; let")
    assert (tmp_path / "out.parquet").read_text() == "as it was"


def test_text_that_is_no_unicode_is_refused(write, tmp_path):
    with pytest.raises(RunError, match="parquet holds Unicode text only"):
        write(b"\xff", raw=True)
    assert not (tmp_path / "out.parquet").exists()


def test_without_pyarrow_nothing_is_run(tmp_path, monkeypatch):
    fields = {"name": "x", "source": {"type": "text", "path": "a"}, "work": {"command": "cat"}}
    job = BatchJob.from_dict(fields | {"output": {"path": "a.parquet"}}, base_dir=tmp_path)
    runner.check_job(job)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(JobError, match=r"output\.format: parquet needs pyarrow, which is not installed; pip install"):
        runner.check_job(job)


def test_a_full_disk_is_said(tmp_path):
    full = directory._NamedFile(os.open("/dev/full", os.O_WRONLY), tmp_path / "out.parquet")
    with full as file, pytest.raises(RunError, match=r"cannot write .*/out\.parquet: No space left on device"):
        parquet_output.write_parquet(file, lambda: [({"id": 1}, 9)], [])
