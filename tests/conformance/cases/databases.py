"""Rows of databases."""

import shutil
import sqlite3
from dataclasses import replace

import psycopg
from conformance.case import ADDRESS, WORK, cases

BY_KEY = {"reduce": "sum", "by_key": True}
ROWS = [(number * 3, f"city {number % 7}", number / 8) for number in range(101)]
SALES = {"type": "sql", "url": "sqlite:///cities.db", "query": "SELECT * FROM sales"}
BY_ID = SALES | {"key": "id"}
COUNT = {"command": "grep -c '\"city 3\"'", "ok_exit_codes": [0, 1]}
JOBS = {
    "rows": (SALES, {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "rows by key": (SALES | {"key": "city, id"}, {"batch_bytes": 500}, {"python": "work:rows"}, "concat"),
    "sums": (BY_ID, {}, {"python": "work:amounts_by_city"}, BY_KEY),
    "arrow": (BY_ID, {"batch_size": 7}, {"python": "work:by_arrow"}, {"reduce": "avg", "by_key": True}),
    "command": (BY_ID, {"batch_size": 9}, COUNT, "sum"),
}


def sqlite(folder, _):
    with sqlite3.connect(folder / "cities.db") as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, city TEXT, amount REAL)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.close()
    shutil.copy(WORK, folder)


def postgresql(folder, address):
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, city TEXT, amount FLOAT)")
        connection.cursor().executemany("INSERT INTO sales VALUES (%s, %s, %s)", ROWS)
    shutil.copy(WORK, folder)


def is_in_order(outcome, _):
    rows = sorted(ROWS, key=lambda row: (row[1], row[0]))
    return outcome.values == [dict(zip(("id", "city", "amount"), row, strict=True)) for row in rows]


def is_the_number_of_rows(outcome, _):
    return outcome.values == [sum(city == "city 3" for _, city, _ in ROWS)]


def on_postgresql(case):
    source = case.job["source"] | {"url": ADDRESS}
    return replace(case, job=case.job | {"source": source}, inputs=postgresql, service="postgresql_server")


CHECKS = {"rows by key": is_in_order, "command": is_the_number_of_rows}
SQLITE = cases(JOBS, sqlite, CHECKS)
CASES = SQLITE | {f"{name}, postgresql": on_postgresql(case) for name, case in SQLITE.items()}
