"""Parquet files."""

import shutil
from datetime import UTC, datetime

import pyarrow
from conformance.case import WORK, cases
from pyarrow import parquet

ROWS = [
    {"city": f"city {number % 7}", "amount": number / 8, "at": datetime(2026, 1, 1, 0, number % 60, tzinfo=UTC)}
    for number in range(101)
]
FILES = {"type": "parquet", "path": "*.parquet"}
COLUMNS = FILES | {"columns": ["amount", "city"]}
JOBS = {
    "rows": (FILES, {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "columns": (COLUMNS, {"batch_bytes": 1}, {"python": "work:rows"}, "concat"),
    "arrow": (FILES, {"batch_size": 20}, {"python": "work:by_arrow"}, {"reduce": "sum", "by_key": True}),
    "command": (FILES, {"batch_size": 7}, {"command": "cut -d, -f1"}, "concat"),
}


def inputs(folder, _):
    shutil.copy(WORK, folder)
    for number in range(2):
        table = pyarrow.Table.from_pylist(ROWS[number * 50 : number * 50 + 50 + number])
        parquet.write_table(table, folder / f"{number}.parquet", row_group_size=8)


def is_all_rows(outcome, _):
    return outcome.values == [row | {"at": row["at"].isoformat()} for row in ROWS]


def is_the_first_column(outcome, _):
    return outcome.lines == [f'{{"city":"{row["city"]}"' for row in ROWS]


CASES = cases(JOBS, inputs, {"rows": is_all_rows, "command": is_the_first_column})
