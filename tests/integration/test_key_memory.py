"""Cutting by key takes the memory it is given, however many keys and records there are."""

import json
import random
import subprocess
import sys

BUDGET = 64 << 20
ALLOWED = 128 << 20  # the budget, Python with the package, and buffers
KEYS = 200_000
LINES = 1_500_000
PLAN = f"""
import json, re
from pathlib import Path
from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.sources import regroup
from airflow_unifyweaver.sources.registry import plan_source

regroup.MEMORY_LIMIT = {BUDGET}
job = BatchJob.from_dict(
    {{"name": "keys", "source": {{"type": "text", "path": "in.txt"}}, "batch": {{"batch_key": 1}},
     "work": {{"command": "cat"}}}}
)
plan = plan_source(job, 2, Path("spool"))
batches = largest = 0
for recipe in plan.recipes:
    batches += 1
    largest = max(largest, recipe["stop"] - recipe["start"])
# What getrusage tells begins with the peak of the process that this one was forked from.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({{"batches": batches, "size": plan.size, "largest": largest, "peak": peak}}))
"""


def test_more_keys_and_records_than_memory(tmp_path):
    generator = random.Random(13)
    padding = "x" * 190
    with (tmp_path / "in.txt").open("w") as file:
        for _ in range(LINES // 1000):
            file.writelines(f"{generator.randrange(KEYS):06} {padding}\n" for _ in range(1000))
    size = (tmp_path / "in.txt").stat().st_size
    assert size > 4 * BUDGET
    planned = subprocess.run([sys.executable, "-c", PLAN], cwd=tmp_path, check=True, capture_output=True, text=True)
    facts = json.loads(planned.stdout)
    assert facts["size"] == size
    assert 0.99 * KEYS < facts["batches"] <= KEYS
    assert facts["largest"] < 50 * 198
    assert facts["peak"] < ALLOWED
    assert {path.name for path in (tmp_path / "spool" / "records").iterdir()} == {"by-key", "manifest.json"}
