"""The cases over URLs: many workers against one, and against a pool of threads written by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cases import Case

LATENCY = 0.05
"""Seconds before each answer."""
WORKERS = 20
HERE = Path(__file__).parent
SERVER = HERE.parent / "tests" / "web_server.py"


@contextmanager
def web_server() -> Iterator[str]:
    """Run a server that answers late, and yield its address."""
    command = [sys.executable, str(SERVER), "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"  # type: ignore[union-attr]
        finally:
            process.kill()


def url_cases(folder: Path, urls: Sequence[str]) -> Iterator[Case]:
    """Yield the cases over a list of URLs; it, job files and runs go into a folder."""
    listed = folder / "urls.txt"
    listed.write_text("".join(f"{url}\n" for url in urls))
    name = f"{len(urls):,} URLs, {WORKERS} workers"
    one, pool = "one worker, one URL after another", f"httpx in {WORKERS} threads"
    threads = [sys.executable, str(HERE / "fetch_peer.py"), str(listed), str(WORKERS)]
    forked = _ours(folder, "bash_fork", WORKERS)
    yield Case(name, "bash_fork", one, forked, _ours(folder, "sequential", 1))
    yield Case(name, "bash_fork", pool, forked, threads)
    yield Case(name, "gnu_parallel", pool, _ours(folder, "gnu_parallel", WORKERS), threads)


def _ours(folder: Path, backend: str, workers: int) -> list[str]:
    job = folder / f"{backend}_{workers}.json"
    fields = {
        "name": job.stem,
        "source": {"type": "http", "urls": "urls.txt"},
        "work": {"python": f"{HERE / 'work.py'}:characters"},
        "parallel": {"backend": backend, "workers": workers, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    job.write_text(json.dumps(fields))
    return [str(Path(sys.executable).with_name("unifyweaver")), "run", str(job)]
