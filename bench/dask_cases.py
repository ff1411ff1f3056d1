"""The cases on Dask: a job of ours and a program over Dask's bags, in turn on one cluster."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.cases import HERE, WORKERS, Case

BLOCK = 10_000_000
SORTED = "LC_ALL=C sort | md5sum"
WORK: dict[str, tuple[str, object]] = {
    "count": ("count", {"reduce": "sum"}),
    "words": ("words", {"reduce": "sum", "by_key": True}),
}


@contextmanager
def dask_cluster(folder: Path) -> Iterator[str]:
    """Run a scheduler and workers of one thread, and yield the scheduler's address."""
    file = folder / "scheduler.json"
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


def dask_cases(folder: Path, address: str, small: Path, large: Path) -> Iterator[Case]:
    """Yield the cases.

    :param folder: where job files go.
    :param address: of the scheduler.
    :param small: a log whose words are counted.
    :param large: a log in which the occurrences of one word are counted.
    """
    for name, case, log in (("word count by key", "words", small), ("count of ERROR", "count", large)):
        title = f"{name}, {log.stat().st_size // 1_000_000} MB"
        peer = [sys.executable, str(HERE / "dask_peer.py"), case, address, str(log), str(BLOCK)]
        yield Case(title, "dask", "dask.bag", _digest(_ours(folder, address, case, log)), _digest(peer))


def _ours(folder: Path, address: str, case: str, log: Path) -> list[str]:
    function, aggregation = WORK[case]
    job = folder / f"dask_{case}.json"
    fields = {
        "name": job.stem,
        "source": {"type": "text", "path": str(log)},
        "batch": {"batch_bytes": BLOCK},
        "work": {"python": f"{HERE / 'work.py'}:{function}"},
        "parallel": {"backend": "dask", "workers": WORKERS, "strict": True, "dask": {"address": address}},
        "aggregation": aggregation,
    }
    job.write_text(json.dumps(fields))
    return [str(Path(sys.executable).with_name("unifyweaver")), "run", str(job)]


def _digest(command: list[str]) -> list[str]:
    return ["bash", "-o", "pipefail", "-c", f"{shlex.join(command)} | {SORTED}"]


def _address(file: Path) -> str:
    from distributed import Client

    while not file.exists() or not file.read_text():
        pass
    with Client(scheduler_file=str(file)) as client:
        client.wait_for_workers(WORKERS)
        return str(client.scheduler.address)
