"""``batch: {adaptive: {}}`` against fixed numbers of records in a batch, on work of very different cost.

Work of 0.01 ms and 1 ms a record computes, by the processor's time; that of 100 ms sleeps, as a request to a service
would; the command starts a shell for every batch. In each round all sizes run in turn, as whole processes.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.tables import aligned
from bench.timing import Measurement, interleaved, progress

HERE = Path(__file__).parent
WORKERS = 2
ADAPTIVE = "adaptive"
ALLOWED = 1.15
"""Adaptive batches may take so many times what the best fixed size takes."""


@dataclass(frozen=True)
class Workload:
    """Records, the work on them, and the fixed sizes that make sense for so many."""

    name: str
    records: int
    work: dict[str, str]
    sizes: Sequence[int]


WORKLOADS = (
    Workload("0.01 ms a record", 300_000, {"python": f"{HERE / 'work.py'}:quick"}, (1_000, 10_000, 100_000)),
    Workload("1 ms a record", 3_000, {"python": f"{HERE / 'work.py'}:middling"}, (1, 10, 100, 1_000)),
    Workload("100 ms a record", 80, {"python": f"{HERE / 'work.py'}:slow"}, (1, 10, 100)),
    Workload("command: wc -l", 400_000, {"command": "wc -l"}, (1_000, 10_000, 100_000)),
)


def table(folder: Path, rounds: int) -> str:
    """Measure, and return a Markdown table; what is bold is the best fixed size.

    :param folder: for inputs, jobs and runs.
    """
    rows = [("work", "fixed: records in a batch, seconds", "adaptive, first run", "again", "over the best fixed")]
    rows += (_row(workload, folder, rounds) for workload in WORKLOADS)
    return aligned(rows)


def _row(workload: Workload, folder: Path, rounds: int) -> tuple[str, ...]:
    progress(f"adaptive: {workload.name}")
    results = interleaved(dict(_commands(workload, folder)), rounds)
    fixed = {name: results[name] for name in results if not name.startswith(ADAPTIVE)}
    best = min(fixed, key=lambda name: _median(fixed[name]))
    sizes = ", ".join(
        f"{'**' * (name == best)}{name}: {_median(fixed[name]):.2f}{'**' * (name == best)}" for name in fixed
    )
    ratios = [_ratio(results[name], fixed[best]) for name in (ADAPTIVE, f"{ADAPTIVE} again")]
    first, again = _median(results[ADAPTIVE]), _median(results[f"{ADAPTIVE} again"])
    return (workload.name, sizes, f"{first:.2f} s", f"{again:.2f} s", " / ".join(f"{ratio:.2f}" for ratio in ratios))


def _commands(workload: Workload, folder: Path) -> Iterator[tuple[str, list[str]]]:
    source = folder / f"{workload.records}.txt"
    source.write_text("".join(f"record {number:07d} of the benchmark\n" for number in range(workload.records)))
    place = folder / workload.name.replace(" ", "_").replace(":", "")
    for size in workload.sizes:
        yield f"{size:,}", _command(place / str(size), source, workload, {"batch_size": size})
    yield ADAPTIVE, _command(place / "first", source, workload, {"adaptive": {}})
    yield f"{ADAPTIVE} again", _command(place / "again", source, workload, {"adaptive": {}})


def _command(place: Path, source: Path, workload: Workload, batch: Mapping[str, object]) -> list[str]:
    """Return the command of a run with a storage of its own: where that stays, runs learn from those before them."""
    place.mkdir(parents=True)
    job = place / "job.json"
    fields = {
        "name": "bench",
        "source": {"type": "text", "path": str(source)},
        "batch": batch,
        "work": workload.work,
        "parallel": {"backend": "bash_fork", "workers": WORKERS, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    job.write_text(json.dumps(fields))
    storage = "$(mktemp -d)" if place.name != "again" else str(place)
    script = f'UNIFYWEAVER_STORAGE={storage} exec "$0" run "$1"'
    return ["bash", "-c", script, str(Path(sys.executable).with_name("unifyweaver")), str(job)]


def _median(measurements: Sequence[Measurement]) -> float:
    return statistics.median(one.seconds for one in measurements)


def _ratio(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> float:
    return statistics.median(one.seconds / other.seconds for one, other in zip(ours, theirs, strict=True))
