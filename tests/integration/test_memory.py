"""Memory is bounded by batches and workers, whatever the size of the input.

Sizes are reduced so that the test takes seconds; ``UNIFYWEAVER_FULL_SIZE=1`` makes them what the package promises.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest

FULL = os.environ.get("UNIFYWEAVER_FULL_SIZE") == "1"
LARGEST_MB = 300
LARGEST_PLANNING_MB = 200
# A process begins with the peak of the one it was forked from: between pytest and the command stands a small one.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
BLOCK = b"".join(b"%015d\n" % number for number in range(1 << 16))  # 1 MiB of lines


@pytest.fixture
def folder(tmp_path):
    """A folder whose files are too large to be left behind."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def peak_mb(folder, *arguments):
    """Run the command line, and return its output and the most memory that any of its processes had."""
    command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "airflow_unifyweaver.cli", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    peak = int(done.stderr.splitlines()[-1]) / 1024
    print(f"{peak:.0f} MB")
    return done.stdout, peak


def write_text(folder):
    blocks = 10_240 if FULL else 512
    with (folder / "lines").open("wb") as file:
        for _ in range(blocks):
            file.write(BLOCK)
    return {"type": "text", "path": "lines"}, blocks << 16


def write_gzip(folder, level=1):
    """Write a gzip file that is a small part of what it unpacks to."""
    blocks = 2_048 if FULL else 256
    with gzip.open(folder / "lines.gz", "wb", compresslevel=level) as file:
        for _ in range(blocks):
            file.write(BLOCK)
    return {"type": "text", "path": "lines.gz"}, blocks << 16


def write_stored_gzip(folder):
    """Write a gzip file that is as large as what it unpacks to."""
    return write_gzip(folder, level=0)


def write_array(folder):
    """Write a document of one array, with elements small and large, pretty-printed and not."""
    rows = [{"id": number, "name": f'"user" é😀 {number}', "tags": ["a", "[", {"b": None}]} for number in range(3_000)]
    elements = [json.dumps(row, ensure_ascii=number % 2 == 0) for number, row in enumerate(rows)]
    elements += [json.dumps(rows[:2_000], indent=2)]
    block = ",\n".join(elements).encode()
    blocks = (2_000_000_000 if FULL else 100_000_000) // len(block)
    with (folder / "array").open("wb") as file:
        file.write(b'{"before": {}, "data": [' + block)
        for _ in range(blocks - 1):
            file.write(b",\n" + block)
        file.write(b'], "after": 1}')
    return {"type": "json", "path": "array", "pointer": "/data"}, blocks * len(elements)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("write", [write_text, write_gzip, write_stored_gzip, write_array])
def test_a_run_over_large_input(folder, write):
    source, lines = write(folder)
    job = {
        "name": "count",
        "source": source,
        "work": {"command": "wc -l"},
        "parallel": {"backend": "bash_fork", "workers": 2},
        "aggregation": {"reduce": "sum"},
    }
    (folder / "job.json").write_text(json.dumps(job))
    output, peak = peak_mb(folder, "run", "job.json")
    assert int(output) == lines
    assert peak < LARGEST_MB


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("write", [write_text, write_array])
def test_records_of_large_input_in_python(folder, write):
    source, records = write(folder)
    (folder / "work.py").write_text("def count(batch): return sum(1 for record in batch)\n")
    job = {
        "name": "count",
        "source": source,
        "batch": {"batch_bytes": 8_000_000},
        "work": {"python": "work:count"},
        "parallel": {"backend": "bash_fork", "workers": 2},
        "aggregation": {"reduce": "sum"},
    }
    (folder / "job.json").write_text(json.dumps(job))
    output, peak = peak_mb(folder, "run", "job.json")
    assert int(output) == records
    assert peak < LARGEST_MB


def test_planning_many_batches(folder):
    """Cutting by bytes reads nothing, so a file of holes will do."""
    batches = 1_000_000 if FULL else 100_000
    with (folder / "lines").open("wb") as file:
        file.truncate(10_000 * batches)
    job = {
        "name": "many",
        "source": {"type": "text", "path": "lines"},
        "batch": {"batch_bytes": 10_000},
        "work": {"command": "wc -l"},
    }
    (folder / "job.json").write_text(json.dumps(job))
    output, peak = peak_mb(folder, "plan", "job.json")
    assert str(batches) in output
    assert peak < LARGEST_PLANNING_MB
