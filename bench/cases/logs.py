"""One log through a command or a function, in blocks of whole lines."""

from __future__ import annotations

import shlex

from bench.case import Given, Goal
from bench.cases.spark import submit
from bench.contest import Commands, Contest
from bench.place import WORKERS, Place, program, python_work
from bench.topic import Topic

PIPEPART = "GNU Parallel"
POOL = "ProcessPoolExecutor"
DASK, PYSPARK = "Dask distributed", "PySpark local[2]"
GREP = {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]}
SUM = {"reduce": "sum"}
BLOCK = 10_000_000
ORIGINAL = Given("UnifyWeaver's own GNU Parallel backend", {"seconds": 11.3, "peak_mb": 570})


def _grep(place: Place, block: int) -> Commands:
    log = place.log(1000)
    return {
        backend: place.job(log, {"batch_bytes": block}, GREP, parallel={"backend": backend}, aggregation=SUM)
        for backend in ("bash_fork", "gnu_parallel")
    } | {PIPEPART: _pipepart(str(log), block)}


def _pipepart(log: str, block: int) -> list[str]:
    # grep exits with 1 where a block has no match, which parallel would count as a failed job
    options = f"--will-cite --pipepart -a {shlex.quote(log)} --block {block} -j{WORKERS}"
    total = "awk '{ total += $1 } END { print total }'"
    return ["bash", "-c", f"parallel {options} 'grep -c ERROR || true' | {total}"]


def _function(place: Place) -> Commands:
    log, batch, work = place.log(1000), {"batch_bytes": BLOCK}, python_work("count")
    return {
        "bash_fork": place.job(log, batch, work, aggregation=SUM),
        "gnu_parallel": place.job(log, batch, work, aggregation=SUM, parallel={"backend": "gnu_parallel"}),
        POOL: program("count_pool.py", log, BLOCK, WORKERS),
        DASK: program("count_dask.py", log, BLOCK, WORKERS),
        PYSPARK: submit("count_spark.py", log),
    }


def _original(place: Place) -> Commands:
    parallel = {"backend": "gnu_parallel"}
    job = place.job(place.log(200), {"batch_bytes": BLOCK}, GREP, parallel=parallel, aggregation=SUM)
    return {"gnu_parallel": job}


def _sizes(place: Place) -> Commands:
    work = python_work("count")
    return {
        name: place.job(place.log(size), {"batch_bytes": BLOCK}, work, aggregation=SUM)
        for name, size in (("1 GB", 1_000), ("10 GB", 10_000))
    }


TOPIC = Topic(
    "logs",
    "One log, in blocks of lines",
    "A log in the page cache, and two workers on both sides. What runs on a block is next to nothing, so what is "
    "seen here is what reading, dispatching and committing cost.",
    (
        Contest(
            "grep-10mb",
            "1 GB log, grep -c ERROR, 10 MB batches",
            "Both sides pipe the same blocks into the same `grep`, 100 of them; GNU Parallel by `--pipepart`.",
            (Goal("bash_fork", PIPEPART, most=0.5), Goal("gnu_parallel", PIPEPART, most=1.0)),
            lambda place: _grep(place, BLOCK),
            own=2,
            minutes=0.6,
        ),
        Contest(
            "grep-1mb",
            "1 GB log, grep -c ERROR, 1 MB batches",
            "The same in 955 blocks: the smaller a block, the more counts what each one costs.",
            (Goal("bash_fork", PIPEPART, most=0.2), Goal("gnu_parallel", PIPEPART, most=0.5)),
            lambda place: _grep(place, 1_000_000),
            own=2,
            minutes=2,
        ),
        Contest(
            "function",
            "1 GB log, Python function over batch.bytes()",
            '`batch.bytes().count(b"ERROR")` against the same function over the same ranges by hand: in a '
            "`ProcessPoolExecutor`, and over `dask.bytes.read_bytes` on a cluster in the program itself. PySpark "
            "counts in `textFile`'s lines.",
            (
                Goal("bash_fork", POOL, most=1.1),
                Goal("bash_fork", DASK, most=0.4),
                Goal("bash_fork", PYSPARK, most=0.12),
            ),
            _function,
            own=2,
            minutes=4,
        ),
        Contest(
            "original",
            "200 MB log, grep -c ERROR",
            "UnifyWeaver, whose batches this provider brings to Airflow, has a backend for GNU Parallel of its own, "
            "which took 11.3 s and 570 MB for such a log. These two figures are given, not measured here.",
            (
                Goal("gnu_parallel", ORIGINAL, most=0.05),
                Goal("gnu_parallel", ORIGINAL, most=0.2, figure="peak_mb", what="200 MB log, memory: gnu_parallel"),
            ),
            _original,
            minutes=0.3,
        ),
        Contest(
            "size",
            "10 GB log against 1 GB log",
            "The same Python function and the same batches, ten times as many.",
            (
                Goal("10 GB", "1 GB", most=1.1, scale=0.1, what="10 GB log, time per byte"),
                Goal("10 GB", "1 GB", most=1.1, figure="peak_mb", what="10 GB log, memory"),
            ),
            _sizes,
            own=2,
            rounds=3,
            same_answers=False,
            minutes=2,
        ),
    ),
)
