"""Merging results by key takes the memory it is given, however many keys there are."""

import json
import subprocess
import sys

import pytest

BUDGET = 48 << 20
ALLOWED = 160 << 20  # the budget, Python with the package, and buffers
KEYS = 700_000
MERGE = f"""
import json, re, sys
from pathlib import Path
from airflow_unifyweaver.aggregation import duckdb_partials, external_merge
from airflow_unifyweaver.aggregation.registry import aggregation_for

external_merge.MEMORY_LIMIT = {BUDGET}
duckdb_partials.LEAST_BYTES = 1 << 20
duckdb_partials.MEMORY_LIMIT = {BUDGET}
duckdb_partials.is_available = lambda: sys.argv[1] == "duckdb"

def payloads():
    for start in range(0, 2 * {KEYS}, 50_000):
        keys = (number * 7919 % {KEYS} for number in range(start, start + 50_000))
        yield b"".join(b'"key %07d"\\t1\\n' % key for key in keys)

lines, last, ordered = 0, b"", True
for piece in aggregation_for("sum", True, lines=False).merge(payloads()):
    lines += piece.count(b",2]\\n")
    ordered = ordered and last < piece[:14]
    last = piece[:14]
# What getrusage tells begins with the peak of the process that this one was forked from.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({{"lines": lines, "ordered": ordered, "peak": peak}}))
"""


@pytest.mark.parametrize("adder", ["python", "duckdb"])
def test_more_keys_than_memory(adder):
    merged = subprocess.run([sys.executable, "-c", MERGE, adder], check=True, capture_output=True, text=True)
    facts = json.loads(merged.stdout)
    assert facts["lines"] == KEYS
    assert facts["ordered"]
    assert facts["peak"] < ALLOWED, f"{facts['peak'] >> 20} MiB"
