"""Lines and rows that cannot be cut by a column, and what is said of them. That the others can is a property test."""

import pytest

from airflow_unifyweaver.exceptions import RunError, SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources.registry import plan_source


@pytest.fixture
def plan(make_job, tmp_path):
    def plan_job(**job):
        return plan_source(make_job(**job), 2, tmp_path.parent / "spool")

    return plan_job


def refusal(plan, **job):
    with pytest.raises(SourceError) as caught:
        list(plan(**job).recipes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "offset", "fields"),
    [
        (b"a b\nc\n", 4, "it has 1 field; did you mean 1?"),
        (b"a b\r\n \t\r\n", 5, "it has 0 fields; an awk or command source can leave blank lines out"),
        ("é b\nc".encode(), 5, "it has 1 field; did you mean 1?"),
    ],
)
def test_a_line_without_the_column_is_named(plan, tmp_path, data, offset, fields):
    (tmp_path / "a.txt").write_bytes(data)
    assert refusal(plan, batch=Batch(batch_key=2)) == (
        f"{tmp_path}/a.txt: the record at byte {offset} has no column 2 (batch.batch_key), as {fields}"
    )


def test_no_line_has_very_many_columns(plan, tmp_path):
    (tmp_path / "a.txt").write_text("a b\n")
    assert refusal(plan, batch=Batch(batch_key=1 << 40)).endswith("as it has 2 fields; did you mean 2?")


def test_the_offset_counts_bytes_of_the_file_in_any_encoding(plan, tmp_path):
    (tmp_path / "a.txt").write_bytes("é b\nc".encode("utf-16"))
    assert "the record at byte 10 has no column 2" in refusal(plan, batch=Batch(batch_key=2), encoding="utf-16")


def test_a_row_without_the_column_is_named(plan, tmp_path):
    (tmp_path / "a.csv").write_text('k,v\n1,"x\ny"\n2\n')
    assert refusal(plan, type="csv", batch=Batch(batch_key="v")) == (
        f"{tmp_path}/a.csv: the record at byte 12 has no column 'v' (batch.batch_key), as it has 1 field; "
        "repair the row"
    )


def test_a_misspelt_name_has_a_near_one(plan, tmp_path):
    (tmp_path / "a.csv").write_text("city,amount\nGraz,1\n")
    with pytest.raises(SourceError) as caught:
        plan(type="csv", batch=Batch(batch_key="ciyt"))
    assert str(caught.value) == f"{tmp_path}/a.csv: there is no column 'ciyt' (batch.batch_key); did you mean city?"


def test_files_of_other_columns_are_not_put_together(plan, tmp_path):
    (tmp_path / "a.csv").write_text("k,v\n")
    (tmp_path / "b.csv").write_text("v,k\n")
    with pytest.raises(SourceError) as caught:
        plan(type="csv", batch=Batch(batch_key="k"))
    assert str(caught.value) == (
        f"{tmp_path}/b.csv: its columns (v, k) are not those of {tmp_path}/a.csv (k, v); batch.batch_key puts rows of "
        "all files together, so they must have the same columns in the same order"
    )


@pytest.mark.parametrize("column", ["k", 1])
def test_files_without_a_row_and_a_header_do_not_matter(read, tmp_path, column):
    (tmp_path / "a.csv").touch()
    (tmp_path / "c.csv").touch()
    assert read(type="csv", batch=Batch(batch_key=column)) == []
    (tmp_path / "b.csv").write_text("k,v\n2,x\n1,y\n")
    batches = read(type="csv", batch=Batch(batch_key=column))
    assert [list(batch) for batch in batches] == [[{"k": "1", "v": "y"}], [{"k": "2", "v": "x"}]]


def test_what_is_no_time_is_named(plan, tmp_path):
    (tmp_path / "a.txt").write_text("2015-05-20 a\nsoon b\n")
    window = {"seconds": 5, "column": 1}
    assert refusal(plan, batch=Batch(batch_window=window)) == (
        f"{tmp_path}/a.txt: the record at byte 13 has 'soon' in column 1 (batch.batch_window.column): "
        "it is neither ISO 8601 nor a number of seconds since the epoch"
    )


def test_a_byte_that_cannot_be_decoded_is_named(plan, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"k,v\n1,2\n\xff,3\n")
    assert f"{tmp_path}/a.csv: byte 8 cannot be decoded as utf-8" in refusal(
        plan, type="csv", batch=Batch(batch_key="k")
    )


def test_bytes_of_lines_are_keys_whatever_they_mean(read, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff 1\n\xfe 2\n\xff 3\n")
    batches = read(batch=Batch(batch_key=1))
    assert [batch.bytes() for batch in batches] == [b"\xfe 2\n", b"\xff 1\n\xff 3\n"]


def test_a_file_that_changes_before_it_is_read_is_noticed(plan, tmp_path):
    (tmp_path / "a.txt").write_text("a\n")
    planned = plan(batch=Batch(batch_key=1))
    (tmp_path / "a.txt").write_text("a\nb\n")
    with pytest.raises(SourceError, match="changed since it was planned"):
        list(planned.recipes)


def test_a_full_disk_is_named(plan, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("a\n" * 10_000)
    spool = tmp_path.parent / "spool"
    monkeypatch.setattr("airflow_unifyweaver.sources.regroup._FILE", "/dev/full")
    with pytest.raises(RunError, match="cannot write /dev/full: No space left"):
        list(plan(batch=Batch(batch_key=1)).recipes)
    assert not (spool / "manifest.json").exists()
