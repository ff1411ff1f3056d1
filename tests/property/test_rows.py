"""Whatever rows a table holds, the batches of a query over it together are the table, however they are cut."""

import base64
import json
import math
import sqlite3
from types import SimpleNamespace

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.job.sql_source import SqlSource
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=150, database=None)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), text, st.binary(max_size=9))
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
cuts = st.one_of(
    st.builds(lambda n: {"batch_size": n, "batch_bytes": None}, st.integers(1, 6)),
    st.builds(lambda n: {"batch_size": None, "batch_bytes": n}, st.integers(1, 100)),
    st.just({"batch_size": None, "batch_bytes": None}),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rows")


def read_all(source, cut, folder):
    job = SimpleNamespace(source=source, batch=Batch(**cut), resolve=lambda path: str(folder / path))
    plan = plan_source(job, 2, folder / "spool")
    recipes = list(plan.recipes)
    reader = reader_for(json.loads(json.dumps(plan.manifest)), folder / "spool")
    return [reader.read(recipe) for recipe in recipes]


def in_json(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def check(batches, expected, columns):
    records = [list(batch) for batch in batches]
    assert sum(records, []) == expected
    assert all(list(record) == columns for record in sum(records, []))
    assert [batch.is_empty() for batch in batches] == [not found for found in records]
    for batch, found in zip(batches, records, strict=True):
        assert [json.loads(line) for line in batch.bytes().decode().split("\n")[:-1]] == found
        places = batch.records()
        assert len(places) == len(found)
        assert list(batch.pick(places[::2])) == found[::2]
        assert batch.arrow().num_rows == len(found)


@st.composite
def tables(draw, kinds):
    columns = draw(st.lists(names, min_size=1, max_size=4, unique_by=str.lower))
    rows = draw(st.lists(st.tuples(*[kinds] * len(columns)), max_size=12))
    return columns, rows


@deterministic
@given(tables(values), cuts)
def test_batches_of_a_query_are_its_rows(folder, table, cut):
    columns, rows = table
    (folder / "rows.db").unlink(missing_ok=True)
    connection = sqlite3.connect(folder / "rows.db")
    quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
    connection.execute(f"CREATE TABLE facts ({', '.join(quoted)})")
    connection.executemany(f"INSERT INTO facts VALUES ({', '.join('?' * len(columns))})", rows)
    connection.commit()
    connection.close()
    source = SqlSource(url="sqlite:///rows.db", query="SELECT * FROM facts")
    expected = [dict(zip(columns, map(in_json, row), strict=True)) for row in rows]

    batches = read_all(source, cut, folder)

    check(batches, expected, columns)
    if cut["batch_size"]:
        assert all(len(list(batch)) == cut["batch_size"] for batch in batches[:-1])


@deterministic
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), text), max_size=20, unique=True), cuts)
def test_a_composite_key_orders_all_rows(folder, rows, cut):
    (folder / "rows.db").unlink(missing_ok=True)
    connection = sqlite3.connect(folder / "rows.db")
    connection.execute("CREATE TABLE facts (a INTEGER, b TEXT)")
    connection.executemany("INSERT INTO facts VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    source = SqlSource(url="sqlite:///rows.db", query="SELECT * FROM facts", key="b, a")
    in_order = sorted(rows, key=lambda row: (row[1].encode(), row[0]))
    check(read_all(source, cut, folder), [{"a": a, "b": b} for a, b in in_order], ["a", "b"])


@deterministic
@given(
    st.lists(
        st.fixed_dictionaries(
            {"i": st.none() | st.integers(-(2**63), 2**63 - 1), "t": st.none() | text, "l": st.lists(st.booleans())}
        ),
        max_size=20,
    ),
    st.integers(1, 6),
    cuts,
)
def test_batches_of_parquet_are_its_rows(folder, rows, group, cut):
    schema = pyarrow.schema([("i", pyarrow.int64()), ("t", pyarrow.string()), ("l", pyarrow.list_(pyarrow.bool_()))])
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema), folder / "rows.parquet", row_group_size=group)
    source = SimpleNamespace(type="parquet", path="rows.parquet", columns=None)

    batches = read_all(source, cut, folder)

    check(batches, rows, ["i", "t", "l"])
    assert all(not batch.is_empty() for batch in batches)
    if cut["batch_size"]:
        most = math.ceil(cut["batch_size"] / group) * group
        assert all(cut["batch_size"] <= len(list(batch)) <= most for batch in batches[:-1])
