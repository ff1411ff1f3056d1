"""Very many keys."""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from airflow_unifyweaver import runner
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory
from bench.case import Goal
from bench.contest import Commands, Contest
from bench.growth import Growth
from bench.place import Place, program, python_work
from bench.timing import Command
from bench.topic import Topic

ROWS = 8_000_000
OF_BATCH = 100_000
"""How many rows, or keys, come from a batch."""
TIMES = 2
"""How many rows each key has."""
DISK_BYTES = 200
"""What a key needs at most: its rows in two segments and in sorted runs, and its line of the result."""
SUM = {"reduce": "sum", "by_key": True}

OURS, PYTHON, PEER = "unifyweaver", "unifyweaver without DuckDB", "DuckDB, 512 MB"
MOST_MB = 600


@contextmanager
def _merge(place: Place) -> Iterator[Commands]:
    ours, summed = _worked_on(place, ROWS), place.folder / "duckdb.tsv"
    in_python = Path(shutil.copytree(ours, place.folder / "in_python"))
    yield {
        OURS: program("publish_run.py", ours),
        PYTHON: program("publish_run.py", in_python, "--without-duckdb"),
        PEER: program("merge_duckdb.py", ours / "shards" / "*" / "segments" / "*.segment", summed),
    }
    result, result_in_python = (run / "result" / "result.jsonl" for run in (ours, in_python))
    if not filecmp.cmp(result, result_in_python, shallow=False) or _digest(result) != _digest(summed):
        raise RuntimeError("the results differ")


def _merge_tenfold(place: Place) -> Commands:
    return {OURS: program("publish_run.py", _worked_on(place, 10 * ROWS))}


def _worked_on(place: Place, most: int) -> Path:
    """Make a run that only has to be published, and return its folder."""
    rows, source = place.of(most), place.folder / "rows.txt"
    firsts = range(0, rows, OF_BATCH)
    source.write_text("".join(f"{first} {min(OF_BATCH, rows - first)} {rows // TIMES}\n" for first in firsts))
    file = place.job(source, {"batch_size": 1}, python_work("partial_rows"), aggregation=SUM)[2]
    job, run = BatchJob.from_file(file), RunDirectory(place.folder / "worked_on")
    for first in runner.plan_run(job, run, map_tasks=1).tasks:
        runner.work_on_task(job, run, first)
    return run.path


def _digest(file: Path) -> str:
    """Return what tells results apart, be they pairs in JSON or columns."""
    found = hashlib.sha256()
    with file.open("rb") as lines:
        for line in lines:
            found.update(line[1:-2].replace(b",", b"\t") + b"\n" if line.startswith(b"[") else line)
    return found.hexdigest()


def _series(place: Place) -> Mapping[str, Callable[[int], Command]]:
    return {"sum by key, bash_fork": partial(_job, place)}


def _job(place: Place, keys: int) -> list[str]:
    job = place.job(_ranges(place, keys), {"batch_size": 1}, python_work("keys"), aggregation=SUM)
    return ["bash", "-o", "pipefail", "-c", '"$@" | wc -l', "bash", *job]


def _ranges(place: Place, keys: int) -> Path:
    path = place.folder / f"{keys}.keys"
    starts = range(0, keys, OF_BATCH)
    path.write_text("".join(f"{start} {min(OF_BATCH, keys - start)}\n" for start in starts) * TIMES)
    return path


TOPIC = Topic(
    "keys",
    "Very many keys",
    "Results by key are combined in each batch, sorted in the run directory, and merged: memory must not grow with "
    "their number.",
    (
        Contest(
            "merge",
            "Merge of 8,000,000 partial rows, 4,000,000 keys",
            "A run is worked on once, up to publishing. Then it is published in each round, with the extra `duckdb` "
            "and in Python alone, and DuckDB adds up the lines of its segments and writes them in order. That all "
            "write the same is checked in the end.",
            (
                Goal(OURS, PEER, most=1.2),
                Goal(PYTHON, PEER),
                Goal(OURS, most=MOST_MB, figure="peak_mb", unit="MB", what="the same: memory"),
            ),
            _merge,
            own=2,
            rounds=3,
            minutes=6,
        ),
        Contest(
            "merge-tenfold",
            "Merge of 80,000,000 partial rows, 40,000,000 keys",
            "Ten times as much, which is to take the same memory.",
            (Goal(OURS, most=MOST_MB, figure="peak_mb", unit="MB", what="merge of 80,000,000 partial rows: memory"),),
            _merge_tenfold,
            rounds=1,
            warm_up=0,
            minutes=10,
        ),
        Growth(
            "growing-keys",
            "From 10² to 10⁸ keys",
            "Each key comes from two batches, of 100,000 keys each at most. The time is all of the run's: making "
            "the keys, sorting, merging, printing. The series ends early where the disk is too small for the next "
            "point, or it would take more than 30 minutes.",
            (),
            "keys",
            tuple(10**exponent for exponent in range(2, 9)),
            _series,
            limit=1800,
            disk_bytes=DISK_BYTES,
            minutes=17,
        ),
    ),
)
