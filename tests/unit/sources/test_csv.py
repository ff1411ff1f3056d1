import copy
import os
import pickle

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.registry import plan_source


@pytest.fixture
def read_csv(tmp_path, read):
    def write_and_read(content, **job):
        (tmp_path / "a.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(type="csv", **job)

    return write_and_read


def test_records_have_the_columns_of_the_header(read_csv):
    (batch,) = read_csv('b,a\r\n1,"x, ""y""\r\nz"\r\n\r\n2,\r\n')
    assert list(batch) == [{"b": "1", "a": 'x, "y"\r\nz'}, {"b": "2", "a": ""}]
    assert [list(record) for record in batch] == [["b", "a"]] * 2
    assert batch.bytes() == b'1,"x, ""y""\r\nz"\r\n\r\n2,\r\n'


def test_batches_end_with_rows_never_within_quotes(read_csv):
    content = 'h\n1\n"2\n3\n4"\n5\n'
    assert [batch.bytes() for batch in read_csv(content, batch_size=1)] == [b"1\n", b'"2\n3\n4"\n', b"5\n"]
    assert [batch.bytes() for batch in read_csv(content, batch_bytes=3)] == [b'1\n"2\n3\n4"\n', b"5\n"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('h,i\na"b,c"\nd,e\n', [['a"b', 'c"'], ["d", "e"]]),
        ('h,i\n"a"b"\n,c\n', None),
        ('h,i\n"a"b",c\nd,e\n', [['ab"', "c"], ["d", "e"]]),
        ('h,i\n "a,b"\nd,e\n', [[' "a', 'b"'], ["d", "e"]]),
        ('h,i\n"","""\n"""\n', [["", '"\n"']]),
    ],
)
def test_quotes_mean_what_they_mean_to_pythons_csv_module(read_csv, content, rows):
    batches = read_csv(content, batch_size=1)
    if rows is None:
        with pytest.raises(SourceError, match="has 1 field for 2 columns"):
            [list(batch) for batch in batches]
    else:
        assert [list(record.values()) for batch in batches for record in batch] == rows


def test_without_a_header_columns_are_numbered_or_named(read_csv):
    assert list(read_csv("1;2\n", delimiter=";", header=False)[0]) == [{"column_1": "1", "column_2": "2"}]
    assert list(read_csv("1;2\n", delimiter=";", header=("x", "y"))[0]) == [{"x": "1", "y": "2"}]


def test_without_a_quote_quotes_are_text(read_csv):
    (batch,) = read_csv('a\n"1\n', quotechar=None)
    assert list(batch) == [{"a": '"1'}]


@pytest.mark.parametrize("content", ["", "a,b\n", "a,b", "\n\r\n", "\ufeff\na,b\n\n"])
def test_a_file_without_rows_has_no_batches(read_csv, content):
    assert read_csv(content) == []


def test_each_file_has_columns_of_its_own(tmp_path, make_job, read):
    (tmp_path / "a").write_text("a\n1\n")
    (tmp_path / "b").write_text("\ufeffb,\n2,3\n")
    assert [list(batch) for batch in read(type="csv")] == [[{"a": "1"}], [{"b": "2", "": "3"}]]
    plan = plan_source(make_job(type="csv"), 1, tmp_path / "spool")
    assert [(entry["columns"], entry["start"]) for entry in plan.manifest["files"]] == [(["a"], 2), (["b", ""], 6)]


def test_a_header_that_names_a_column_twice_is_refused(read_csv):
    with pytest.raises(SourceError, match=r"a.csv: the header names 'a' more than once; rename"):
        read_csv("a,b,a\n1,2,3\n")


def test_an_open_quote_is_named_by_its_offset(read_csv):
    with pytest.raises(SourceError, match=r"a.csv: the quote at byte 12 is never closed; close it"):
        read_csv('a,b\n1,"2"\n3,"4""\n5,6\n')


@pytest.mark.parametrize(("row", "found"), [("1", "1 field"), ("1,2,3", "3 fields")])
def test_a_row_of_another_width_is_named_by_its_offset(read_csv, row, found):
    message = f"a.csv: the row at byte 16 has {found} for 2 columns"
    for batch_size in (1, 10):
        batches = read_csv(f'a,b\n"\n",1\n2,2\n\r\n{row}\n', batch_size=batch_size)
        for view in (iter, lambda batch: batch.arrow(), lambda batch: batch.pandas()):
            with pytest.raises(SourceError, match=message):
                list(view(batches[-1]))


def test_fields_longer_than_the_csv_modules_limit_are_read(read_csv):
    (batch,) = read_csv('a\n"' + "x" * 200_000 + '"\n')
    assert [len(record["a"]) for record in batch] == [200_000]


def test_a_batch_is_fed_without_the_header(read_csv):
    (batch,) = read_csv('a\n"1"\n2')
    receiver, sender = os.pipe()
    batch.feed(sender)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        assert file.read() == b'"1"\n2'


@pytest.mark.parametrize("content", ["a,b\n1,é\n\n,NA\n", 'a,b\n"1",é\n,NA\n', "a,b\r\n1,é\r\n,NA"])
def test_a_frame_and_a_table_hold_the_rows_as_text(read_csv, content):
    (batch,) = read_csv(content)
    assert batch.arrow().to_pydict() == {"a": ["1", ""], "b": ["é", "NA"]}
    assert {str(column.type) for column in batch.arrow().columns} == {"string"}
    assert batch.pandas().to_dict("list") == {"a": ["1", ""], "b": ["é", "NA"]}


def test_undecodable_bytes_are_named_by_their_offset(read_csv):
    (batch,) = read_csv(b"a\n1\n\xff\n")
    for view in (list, lambda batch: batch.arrow()):
        with pytest.raises(SourceError, match=r"a.csv: byte 4 cannot be decoded as utf-8"):
            view(batch)


def test_a_column_that_is_not_there_is_named(read_csv):
    (batch,) = read_csv("name,size\nx,1\n")
    (row,) = batch
    with pytest.raises(SourceError, match=r"/a.csv: there is no column 'nmae'; did you mean name\?"):
        row["nmae"]
    with pytest.raises(KeyError):
        row["colour"]
    assert row.get("nmae") is None
    assert (row | {"x": 1}).keys() == {"name", "size", "x"}
    assert pickle.loads(pickle.dumps(row)) == copy.copy(row) == {"name": "x", "size": "1"}
