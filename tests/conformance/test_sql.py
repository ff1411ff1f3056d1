"""Jobs over databases give the same on every backend."""

import json
import sqlite3

import psycopg
import pytest

WORK = """
def rows(batch):
    return list(batch)

def amounts(batch):
    for row in batch:
        yield row["city"], row["amount"]

def by_arrow(batch):
    table = batch.arrow()
    return list(zip(table["city"].to_pylist(), table["amount"].to_pylist()))
"""
ROWS = [(number * 3, f"city {number % 7}", number / 8) for number in range(101)]
JOBS = {
    "rows": ({}, {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "rows by key": ({"key": "city, id"}, {"batch_bytes": 500}, {"python": "work:rows"}, "concat"),
    "sums": ({"key": "id"}, {}, {"python": "work:amounts"}, {"reduce": "sum", "by_key": True}),
    "arrow": ({"key": "id"}, {"batch_size": 7}, {"python": "work:by_arrow"}, {"reduce": "avg", "by_key": True}),
    "command": ({"key": "id"}, {"batch_size": 9}, {"command": "grep -c '\"city 3\"'", "ok_exit_codes": [0, 1]}, "sum"),
}


@pytest.fixture
def sqlite(tmp_path):
    connection = sqlite3.connect(tmp_path / "cities.db")
    connection.execute("CREATE TABLE sales (id INTEGER, city TEXT, amount REAL)")
    connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return "sqlite:///cities.db"


@pytest.fixture
def filled_postgresql(postgresql):
    with psycopg.connect(postgresql) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, city TEXT, amount FLOAT)")
        connection.cursor().executemany("INSERT INTO sales VALUES (%s, %s, %s)", ROWS)
    return postgresql


@pytest.mark.parametrize("database", ["sqlite", "filled_postgresql"])
@pytest.mark.parametrize("name", JOBS)
def test_all_backends_agree(name, database, request, tmp_path, conformance):
    more, batch, work, aggregation = JOBS[name]
    (tmp_path / "work.py").write_text(WORK)
    source = {"type": "sql", "url": request.getfixturevalue(database), "query": "SELECT * FROM sales", **more}
    job = {"source": source, "batch": batch, "work": work, "aggregation": aggregation}
    result = [json.loads(line) for line in conformance.agreed(job, tmp_path).splitlines()]
    if name == "rows by key":
        in_order = sorted(ROWS, key=lambda row: (row[1], row[0]))
        assert result == [dict(zip(("id", "city", "amount"), row, strict=True)) for row in in_order]
    if name == "command":
        assert result == [sum(city == "city 3" for _, city, _ in ROWS)]
