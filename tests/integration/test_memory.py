"""Sources far larger than the memory that planning and running them may take.

The sizes are reduced; ``UNIFYWEAVER_FULL_SIZES=1`` makes them those that are promised.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

MEGABYTES = 300
"""Most memory of a run: resident, of all its processes together, what they share counted for each."""

FULL = bool(os.environ.get("UNIFYWEAVER_FULL_SIZES"))
WORK = """
def count(batch):
    return sum(1 for record in batch)
"""


class Case(NamedTuple):
    """A source, and how its input is made.

    :param write: writes about so many bytes to a file, and returns how many records they are.
    :param full: bytes of the promise.
    :param reduced: bytes otherwise.
    """

    write: Callable[[Path, int], int]
    source: dict[str, Any]
    work: dict[str, Any]
    full: int
    reduced: int


def write_array(path, size):
    """Write a document of one array, with elements small and large, pretty-printed and not."""
    rows = [{"id": number, "name": f'"user" é😀 {number}', "tags": ["a", "[", {"b": None}]} for number in range(3_000)]
    elements = [json.dumps(row, ensure_ascii=number % 2 == 0) for number, row in enumerate(rows)]
    elements += [json.dumps(rows[:2_000], indent=2)]
    block = ",\n".join(elements).encode()
    blocks = size // len(block)
    with path.open("wb") as file:
        file.write(b'{"before": {}, "data": [' + block)
        for _ in range(blocks - 1):
            file.write(b",\n" + block)
        file.write(b'], "after": 1}')
    return blocks * len(elements)


ARRAY = {"type": "json", "path": "input", "pointer": "/data"}

CASES = {
    "json array, python": Case(write_array, ARRAY, {"python": "mine:count"}, 2_000_000_000, 200_000_000),
    "json array, command": Case(write_array, ARRAY, {"command": "wc -l"}, 2_000_000_000, 100_000_000),
}


def peak_of(process):
    """Wait for a process, and return the most memory that it and all below it had at a time, in megabytes."""
    peak = 0
    tree = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, sum(map(resident, [tree, *tree.children(recursive=True)])))
        time.sleep(0.05)
    return peak / 1e6


def resident(process):
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


@pytest.mark.parametrize("name", CASES)
@pytest.mark.timeout(3600)
def test_a_large_source_is_planned_and_run_in_little_memory(name, tmp_path):
    case = CASES[name]
    records = case.write(tmp_path / "input", case.full if FULL else case.reduced)
    (tmp_path / "mine.py").write_text(WORK)
    job = {
        "name": "large",
        "source": case.source,
        "work": case.work,
        "parallel": {"backend": "bash_fork", "workers": 2, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    with (tmp_path / "result").open("wb") as result:
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.json", "--run-dir", "run"]
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=tmp_path, stdout=result)
        peak = peak_of(process)
    print(
        f"{name}: {peak:.0f} MB, {(tmp_path / 'input').stat().st_size / 1e6:.0f} MB of input, "
        f"{time.monotonic() - started:.0f} s"
    )
    (tmp_path / "input").unlink()
    assert process.returncode == 0
    assert json.loads((tmp_path / "result").read_text()) == records
    assert 0 < peak < MEGABYTES
