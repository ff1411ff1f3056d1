"""The cases: each a command line of ours and one of the peer's, over the same file with the same block."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    backend: str
    peer_name: str
    ours: Sequence[str]
    peer: Sequence[str]


def cases(log: Path, folder: Path) -> Iterator[Case]:
    """Yield the cases over a log file; job files and runs go into a folder."""
    for block in (10_000_000, 1_000_000):
        size = f"{block // 1_000_000} MB batches"
        for backend in ("bash_fork", "gnu_parallel"):
            work: dict[str, object] = {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]}
            ours = _ours(folder, log, block, backend, work)
            yield Case(f"grep -c ERROR, {size}", backend, "parallel --pipepart", ours, _pipepart(log, block))
    block = 10_000_000
    for backend in ("bash_fork", "gnu_parallel"):
        ours = _ours(folder, log, block, backend, {"python": f"{HERE / 'work.py'}:count"})
        peer = [sys.executable, str(HERE / "peers.py"), str(log), str(block), str(WORKERS)]
        yield Case("Python function, 10 MB batches", backend, "ProcessPoolExecutor over byte ranges", ours, peer)


def _ours(folder: Path, log: Path, block: int, backend: str, work: dict[str, object]) -> list[str]:
    job = folder / f"{backend}_{block}_{next(iter(work))}.json"
    fields = {
        "name": job.stem,
        "source": {"type": "text", "path": str(log)},
        "batch": {"batch_bytes": block},
        "work": work,
        "parallel": {"backend": backend, "workers": WORKERS, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    job.write_text(json.dumps(fields))
    return [str(Path(sys.executable).with_name("unifyweaver")), "run", str(job)]


def _pipepart(log: Path, block: int) -> list[str]:
    # grep exits with 1 where a block has no match, which parallel would count as a failed job
    options = f"--will-cite --pipepart -a {shlex.quote(str(log))} --block {block} -j{WORKERS}"
    total = "awk '{ total += $1 } END { print total }'"
    return ["bash", "-c", f"parallel {options} 'grep -c ERROR || true' | {total}"]
