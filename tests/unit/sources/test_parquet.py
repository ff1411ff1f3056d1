"""The parquet source."""

import json
import os
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pyarrow
import pytest
from pyarrow import parquet

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources.registry import plan_source, reader_for

ROWS = [
    {"id": number, "price": Decimal(number) / 4, "at": datetime(2026, 1, 1, 0, number, tzinfo=UTC), "tags": ["a", None]}
    for number in range(10)
]


@pytest.fixture
def file(tmp_path):
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "a.parquet", row_group_size=3)
    return tmp_path / "a.parquet"


@pytest.fixture
def plan(tmp_path):
    def plan_files(path="*.parquet", batch_size=None, batch_bytes=None, columns=None):
        job = SimpleNamespace(
            source=SimpleNamespace(type="parquet", path=path, columns=columns),
            batch=Batch(batch_size=batch_size, batch_bytes=batch_bytes),
            resolve=lambda given: str(tmp_path / given),
        )
        return plan_source(job, 2, tmp_path / "spool")

    return plan_files


@pytest.fixture
def read(plan, tmp_path):
    def read_batches(**fields):
        planned = plan(**fields)
        reader = pickle.loads(pickle.dumps(reader_for(json.loads(json.dumps(planned.manifest)), tmp_path / "spool")))
        return [reader.read(recipe) for recipe in planned.recipes]

    return read_batches


def feed(batch):
    receiver, sender = os.pipe()
    batch.feed(sender)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("cut", "groups"),
    [
        ({"batch_size": 1}, [(0, 1), (1, 2), (2, 3), (3, 4)]),
        ({"batch_size": 4}, [(0, 2), (2, 4)]),
        ({"batch_size": 100}, [(0, 4)]),
        ({"batch_bytes": 1}, [(0, 1), (1, 2), (2, 3), (3, 4)]),
        ({"batch_bytes": 1 << 20}, [(0, 4)]),
    ],
)
def test_a_batch_is_as_many_row_groups_as_reach_its_measure(file, plan, cut, groups):
    planned = plan(**cut)
    assert list(planned.recipes) == [{"file": 0, "start": start, "stop": stop} for start, stop in groups]
    assert planned.size == file.stat().st_size


def test_row_groups_have_their_size_in_memory(file, plan):
    metadata = parquet.read_metadata(file)
    sizes = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    assert plan(batch_size=1).unit == sum(sizes) / 4


def test_records_hold_what_json_can(file, read):
    records = [record for batch in read(batch_size=4) for record in batch]
    assert records[1] == {"id": 1, "price": "0.25", "at": "2026-01-01T00:01:00+00:00", "tags": ["a", None]}
    assert [record["id"] for record in records] == list(range(10))


def test_a_table_has_the_types_of_the_file(file, read):
    tables = [batch.arrow() for batch in read(batch_size=4)]
    assert pyarrow.concat_tables(tables).to_pylist() == ROWS
    assert str(tables[0].schema.field("price").type).startswith("decimal")
    assert read(batch_size=4)[1].pandas()["id"].tolist() == [6, 7, 8, 9]


def test_columns_are_chosen_in_their_order(file, read):
    (batch,) = read(batch_size=100, columns=("tags", "id"))
    assert next(iter(batch)) == {"tags": ["a", None], "id": 0}
    assert list(next(iter(batch))) == batch.arrow().column_names == ["tags", "id"]


def test_a_command_gets_lines_of_json(file, read):
    batch = read(batch_size=4)[1]
    assert feed(batch) == batch.bytes()
    assert [json.loads(line) for line in batch.bytes().splitlines()] == list(batch)


def test_records_can_be_found_and_picked(file, read):
    batch = read(batch_size=4, columns=("id",))[1]
    places = batch.records()
    assert len(places) == 4
    assert batch.describe(places[1]) == {"file": str(file), "row": 7, "content": '{"id":7}'}
    picked = batch.pick([places[0], places[3]])
    assert [record["id"] for record in picked] == picked.arrow()["id"].to_pylist() == [6, 9]
    assert picked.records() == [places[0], places[3]]
    nothing = batch.pick([])
    assert nothing.is_empty()
    assert (list(nothing), nothing.arrow().num_rows, nothing.bytes()) == ([], 0, b"")
    assert not batch.is_empty()


def test_files_are_read_one_after_the_other(tmp_path, read):
    for number in range(3):
        parquet.write_table(pyarrow.table({"id": [number] * number}), tmp_path / f"{number}.parquet")
    assert [[record["id"] for record in batch] for batch in read()] == [[1], [2, 2]]


def test_nanoseconds_are_kept(tmp_path, read):
    column = pyarrow.array([1, None], pyarrow.timestamp("ns", "UTC"))
    parquet.write_table(pyarrow.table({"at": column}), tmp_path / "a.parquet")
    assert [record["at"] for record in read()[0]] == ["1970-01-01T00:00:00.000000001+00:00", None]


def test_a_file_that_changed_is_refused(file, read):
    (batch, *_) = read(batch_size=4)
    os.utime(file, (1, 1))
    with pytest.raises(SourceError, match="changed since it was planned: it was written to"):
        list(batch)


def test_a_damaged_row_group_is_said(file, read):
    content = bytearray(file.read_bytes())
    content[4:60] = b"\xff" * 56
    file.write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.parquet cannot be read from row group 0 \(.*\); check") as caught:
        list(read(batch_size=1)[0])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        (b"", None, "is no Parquet file that can be read (Parquet file size is 0 bytes"),
        (b"PAR1 and no more than that", None, "is no Parquet file that can be read (Parquet magic bytes not found"),
        (None, ("id", "prize"), "has no column 'prize'; did you mean price?"),
    ],
)
def test_what_cannot_be_planned_is_said(file, plan, content, columns, message):
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        plan(columns=columns)
    assert f"{file} {message}" in str(caught.value)


def test_columns_of_one_name_are_refused(tmp_path, plan):
    parquet.write_table(pyarrow.Table.from_arrays([[1], [2]], ["a", "a"]), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="has the column a more than once"):
        plan()
