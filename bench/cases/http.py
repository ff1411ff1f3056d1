"""Fetching URLs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import HERE, Place, program, python_work
from bench.topic import Topic

LATENCY = 0.05
"""Seconds before each answer."""
WORKERS = 20
FORKED, STARTED = f"bash_fork, {WORKERS} workers", f"gnu_parallel, {WORKERS} workers"
ONE, THREADS = "one worker, one URL after another", f"httpx in {WORKERS} threads"
SERVER = HERE.parent / "tests" / "web_server.py"


@contextmanager
def _commands(place: Place) -> Iterator[Commands]:
    listed = place.folder / "urls.txt"
    with _web_server() as address:
        listed.write_text("".join(f"{address}/pages/{number}\n" for number in range(place.of(10_000))))
        yield {
            FORKED: _job(place, "bash_fork", WORKERS),
            STARTED: _job(place, "gnu_parallel", WORKERS),
            ONE: _job(place, "sequential", 1),
            THREADS: program("fetch_threads.py", listed, WORKERS),
        }


@contextmanager
def _web_server() -> Iterator[str]:
    """Run a server that answers late, and yield its address."""
    command = [sys.executable, str(SERVER), "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"  # type: ignore[union-attr]
        finally:
            process.kill()


def _job(place: Place, backend: str, workers: int) -> list[str]:
    file = place.folder / f"http_{backend}.json"
    fields = {
        "name": "bench",
        "source": {"type": "http", "urls": "urls.txt"},
        "work": python_work("characters"),
        "parallel": {"backend": backend, "workers": workers, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    file.write_text(json.dumps(fields))
    return place.run_of(file)


TOPIC = Topic(
    "http",
    "Fetching URLs",
    "A server on this machine answers after 50 ms, and its processor time is in everybody's time.",
    (
        Contest(
            "fetch",
            "10,000 URLs",
            "The lengths of all pages, added up.",
            (Goal(FORKED, ONE), Goal(FORKED, THREADS), Goal(STARTED, THREADS)),
            _commands,
            rounds=1,
            own=3,
            warm_up=0,
            minutes=12.5,
        ),
    ),
)
