"""The sql source over SQLite."""

import json
import sqlite3
from types import SimpleNamespace

import pytest

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.job.sql_source import SqlSource
from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.fixture
def database(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE items (id INTEGER, name TEXT, price REAL, picture BLOB, note TEXT)")
        rows = [(number, f"item {number}", number / 4, bytes([number]), None) for number in (5, 3, 1, 4, 2)]
        connection.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return tmp_path / "shop.db"


@pytest.fixture
def plan(database, tmp_path):
    def plan_query(query="SELECT * FROM items", batch_size=2, batch_bytes=None, connections=None, **fields):
        if not {"url_from_env", "conn_id"} & set(fields):
            fields = {"url": "sqlite:///shop.db"} | fields
        job = SimpleNamespace(
            source=SqlSource(query=query, **fields),
            batch=Batch(batch_size=batch_size, batch_bytes=batch_bytes),
            resolve=lambda path: str(tmp_path / path),
        )
        more = [connections] if connections else []
        return plan_source(job, 2, tmp_path / "spool", *more)

    return plan_query


@pytest.fixture
def read(plan, tmp_path):
    def read_batches(*arguments, **fields):
        planned = plan(*arguments, **fields)
        recipes = json.loads(json.dumps(list(planned.recipes)))
        reader = reader_for(json.loads(json.dumps(planned.manifest)), tmp_path / "spool")
        return [reader.read(recipe) for recipe in recipes]

    return read_batches


def ids(batches):
    return [[row["id"] for row in batch] for batch in batches]


def test_records_are_dictionaries_by_column(read):
    batch = read(batch_size=9)[0]
    assert next(iter(batch)) == {"id": 5, "name": "item 5", "price": 1.25, "picture": "BQ==", "note": None}
    assert list(next(iter(batch))) == ["id", "name", "price", "picture", "note"]


def test_without_a_key_rows_come_as_the_database_gives_them(read):
    assert ids(read()) == [[5, 3], [1, 4], [2]]
    assert ids(read("SELECT * FROM items ORDER BY id DESC ; ")) == [[5, 4], [3, 2], [1]]


def test_a_key_orders_the_rows(read):
    assert ids(read(key="id")) == [[1, 2], [3, 4], [5]]
    assert ids(read("SELECT id % 2 AS odd, id FROM items -- all", key="odd, id")) == [[2, 4], [1, 3], [5]]


def test_batches_may_be_cut_by_bytes(read):
    batches = read("SELECT id FROM items ORDER BY id", batch_size=None, batch_bytes=20)
    assert ids(batches) == [[1, 2, 3], [4, 5], []]
    assert batches[1].bytes() == b'{"id":4}\n{"id":5}\n'
    assert [batch.is_empty() for batch in batches] == [False, False, True]


def test_colons_and_percent_signs_of_a_query_are_the_querys(read):
    query = r"""SELECT id, ':id' AS a, '\:x' AS b, '12:30' AS c, '100%' AS d, 'a::b' AS e, '%(x)s' AS f, '?' AS g
        FROM items WHERE id = 1"""
    expected = {"id": 1, "a": ":id", "b": "\\:x", "c": "12:30", "d": "100%", "e": "a::b", "f": "%(x)s", "g": "?"}
    for key in (None, "id"):
        assert [list(batch) for batch in read(query, key=key)] == [[expected]]


def test_nothing_is_read_before_a_batch_is_asked_for_and_never_again(plan, read, database, tmp_path):
    assert plan().manifest == {"type": "spooled", "origin": {"type": "sql"}}
    assert not (tmp_path / "spool").exists()
    batches = read()
    database.unlink()
    assert ids(batches) == [[5, 3], [1, 4], [2]]


def test_a_query_without_rows_has_no_batches(read):
    assert read("SELECT * FROM items WHERE id > 9") == []
    assert read("SELECT * FROM items WHERE id > 9", key="id") == []


def test_a_table_has_the_same_types_in_all_batches(read):
    query = "SELECT id, name, price, note, CASE WHEN id = 1 THEN 'x' ELSE id END AS mixed FROM items"
    tables = [batch.arrow() for batch in read(query)]
    types = {field.name: str(field.type) for field in tables[0].schema}
    assert types == {"id": "int64", "name": "string", "price": "double", "note": "string", "mixed": "string"}
    assert all(table.schema == tables[0].schema for table in tables)
    assert tables[1].to_pylist()[0] == {"id": 1, "name": "item 1", "price": 0.25, "note": None, "mixed": '"x"'}
    assert list(read()[0].pandas()["name"]) == ["item 5", "item 3"]


def test_records_can_be_found_and_picked(read):
    batch = read("SELECT id FROM items ORDER BY id", batch_size=5)[0]
    places = batch.records()
    assert batch.describe(places[2])["content"] == '{"id":3}'
    assert ids([batch.pick([places[0], places[3]])]) == [[1, 4]]


def test_an_address_may_stand_in_the_environment(read, database, monkeypatch):
    monkeypatch.setenv("SHOP", f"sqlite:///{database}")
    assert ids(read(url_from_env="SHOP")) == [[5, 3], [1, 4], [2]]


def test_a_connection_is_resolved_by_whoever_can(read, database):
    assert ids(read(conn_id="shop", connections={"shop": f"sqlite:///{database}"}.__getitem__)) == [[5, 3], [1, 4], [2]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"query": "SELECT * FROM itemz"}, "source.query: no such table: itemz; check the query"),
        ({"query": "SELECT * FROM itemz", "key": "id"}, "source.query: no such table: itemz"),
        ({"query": "SELECT colour FROM items"}, "source.query: no such column: colour"),
        ({"query": "SELEC"}, 'source.query: near "SELEC": syntax error'),
        ({"query": "DELETE FROM items"}, "source.query: attempt to write a readonly database"),
        ({"query": "DROP TABLE items"}, "source.query: attempt to write a readonly database"),
        ({"query": "SELECT 1; DELETE FROM items"}, "source.query: You can only execute one statement at a time"),
        ({"query": "SELECT 1) q; DELETE FROM items --", "key": "id"}, 'source.query: near ")": syntax error'),
        ({"query": "BEGIN"}, "source.query: gives no rows; write a query that does, such as a SELECT"),
        ({"query": "SELECT 1 AS a, 2 AS b, 3 AS a"}, "source.query: gives the column a more than once"),
        ({"query": "SELECT 1 AS a, 2 AS a", "key": "a"}, "source.query: gives the column a more"),
        ({"key": "nam"}, "source.key: the query gives no column 'nam'; did you mean name?"),
        ({"key": "id, note"}, "source.key: id or note is NULL in some rows"),
        ({"url": "sqlite:///shoq.db"}, "source.url: there is no database file "),
        ({"url": "sqlite:///text.txt"}, "source.url: file is not a database; check the address"),
        ({"url": "oracel://host/db"}, "source.url: SQLAlchemy has no dialect for oracel"),
        ({"url": "mysql+mysqldb://host/db"}, "source.url: mysql+mysqldb needs MySQLdb, which is not installed"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(plan, tmp_path, fields, message):
    (tmp_path / "text.txt").write_text("no database " * 100)
    with pytest.raises(SourceError) as caught:
        list(plan(**fields).recipes)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url_from_env": "NO_SUCH_DB"}, "source.url_from_env: there is no environment variable NO_SUCH_DB"),
        ({"url_from_env": "NO_URL"}, "source.url_from_env NO_URL: holds no URL such as"),
        (
            {"conn_id": "shop"},
            "source.conn_id: connection shop is Airflow's, which does not run this; ",
        ),
    ],
)
def test_an_address_that_is_not_there_is_said_without_showing_it(plan, monkeypatch, fields, message):
    monkeypatch.setenv("NO_URL", "user:geheim@host")
    with pytest.raises(JobError) as caught:
        list(plan(**fields).recipes)
    assert str(caught.value).startswith(message)
    assert "geheim" not in str(caught.value)


def test_no_query_changes_a_database(plan, read):
    with pytest.raises(SourceError, match="readonly"):
        list(plan("INSERT INTO items VALUES (6, '', 0, '', '') RETURNING id").recipes)
    assert len(ids(read(batch_size=9))[0]) == 5
