"""Jobs over Parquet files give the same on every backend."""

import json
from datetime import UTC, datetime

import pyarrow
import pytest
from pyarrow import parquet

WORK = """
def rows(batch):
    return list(batch)

def by_arrow(batch):
    table = batch.arrow()
    return list(zip(table["city"].to_pylist(), table["amount"].to_pylist()))
"""
ROWS = [
    {"city": f"city {number % 7}", "amount": number / 8, "at": datetime(2026, 1, 1, 0, number % 60, tzinfo=UTC)}
    for number in range(101)
]
JOBS = {
    "rows": ({}, {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "columns": ({"columns": ["amount", "city"]}, {"batch_bytes": 1}, {"python": "work:rows"}, "concat"),
    "arrow": ({}, {"batch_size": 20}, {"python": "work:by_arrow"}, {"reduce": "sum", "by_key": True}),
    "command": ({}, {"batch_size": 7}, {"command": "cut -d, -f1"}, "concat"),
}


@pytest.mark.parametrize("name", JOBS)
def test_all_backends_agree(name, tmp_path, conformance):
    more, batch, work, aggregation = JOBS[name]
    (tmp_path / "work.py").write_text(WORK)
    for number in range(2):
        table = pyarrow.Table.from_pylist(ROWS[number * 50 : number * 50 + 50 + number])
        parquet.write_table(table, tmp_path / f"{number}.parquet", row_group_size=8)
    source = {"type": "parquet", "path": "*.parquet", **more}
    job = {"source": source, "batch": batch, "work": work, "aggregation": aggregation}
    result = conformance.agreed(job, tmp_path)
    if name == "rows":
        expected = [row | {"at": row["at"].isoformat()} for row in ROWS]
        assert list(map(json.loads, result.splitlines())) == expected
    if name == "command":
        assert result.decode() == "".join(f'{{"city":"{row["city"]}"\n' for row in ROWS)
