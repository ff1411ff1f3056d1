"""On a Dask cluster."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import WORKERS, Place, digest_of, program, python_work
from bench.topic import Topic

BLOCK = 10_000_000
MOST = 0.667
"""Ours shall be 1.5 times as fast as the bag."""
OURS, BAG, BYTES = "dask", "dask.bag", "dask.bytes.read_bytes"


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    """Run a scheduler and workers of one thread, and yield the scheduler's address."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    options = [f"--scheduler-file={file}", "--no-dashboard", "--dashboard-address=127.0.0.1:0"]
    with ExitStack() as stack:

        def start(*arguments: str) -> None:
            process = subprocess.Popen([sys.executable, "-m", "dask", *arguments, *options], stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("scheduler", "--host=127.0.0.1", "--port=0")
        for _ in range(WORKERS):
            start("worker", "--nthreads=1", "--no-nanny", f"--local-directory={folder}")
        yield _address(file)


def _address(file: Path) -> str:
    from distributed import Client

    while not file.exists() or not file.read_text():
        time.sleep(0.05)
    with Client(scheduler_file=str(file)) as client:
        client.wait_for_workers(WORKERS)
        return str(client.scheduler.address)


@contextmanager
def _words(place: Place) -> Iterator[Commands]:
    with _cluster(place.folder) as address:
        ours = _job(place, address, place.log(100), "words", {"reduce": "sum", "by_key": True})
        peer = program("words_bag.py", place.log(100), BLOCK, WORKERS, address)
        yield {OURS: digest_of(ours), BAG: digest_of(peer)}


@contextmanager
def _count(place: Place) -> Iterator[Commands]:
    with _cluster(place.folder) as address:
        log = place.log(1000)
        yield {
            OURS: _job(place, address, log, "count", {"reduce": "sum"}),
            BAG: program("count_bag.py", log, BLOCK, address),
            BYTES: program("count_dask.py", log, BLOCK, WORKERS, address),
        }


def _job(place: Place, address: str, log: Path, function: str, aggregation: dict[str, object]) -> list[str]:
    parallel = {"backend": "dask", "dask": {"address": address}}
    return place.job(log, {"batch_bytes": BLOCK}, python_work(function), parallel=parallel, aggregation=aggregation)


TOPIC = Topic(
    "dask",
    "On Dask",
    "Jobs of ours and programs by hand, in turn on one cluster: a scheduler and two workers of one thread on this "
    "machine. Blocks have 10 MB.",
    (
        Contest(
            "dask-words", "Word count by key, 100 MB", "", (Goal(OURS, BAG, most=MOST),), _words, rounds=3, minutes=1.3
        ),
        Contest(
            "dask-count",
            "Count of ERROR, 1 GB",
            "The bag counts in lines. `dask.bytes.read_bytes` gives the same blocks of bytes to the same function as "
            "ours.",
            (Goal(OURS, BAG, most=MOST), Goal(OURS, BYTES)),
            _count,
            rounds=3,
            minutes=3,
        ),
    ),
)
