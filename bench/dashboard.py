"""What the dashboard's answers cost when a run is very large: the first reading, and each kind of answer afterwards."""

from __future__ import annotations

import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.monitor import views
from airflow_unifyweaver.monitor.batch_table import FAILED
from airflow_unifyweaver.monitor.monitors import Monitors
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Plan, Shard, divide
from bench.tables import aligned
from bench.timing import progress

MOST_BATCHES = 1_000_000
SHARDS = 64
FAILING = 0.01
"""Share of the attempts that fail."""
ROUNDS = 9
JOB = {"name": "large", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}
COMMIT = {"results_count": 3, "memory_mb": 25.0, "segment": "slot_02.segment", "offset": 0, "length": 12}
ERROR = "the command exited with code 2, work.ok_exit_codes accepts 0; standard error ends: awk: division by zero"


def table(folder: Path, rounds: int) -> str:
    """Measure, and return a Markdown table.

    :param folder: for the run.
    :param rounds: 1 for a run of a tenth of the size.
    """
    batches = MOST_BATCHES if rounds > 1 else MOST_BATCHES // 10
    progress(f"dashboard: writing the journals of {batches:,} batches")
    run = RunDirectory(folder / "run")
    write_run(run, batches)
    progress("dashboard: first reading")
    monitors, looks, processor = Monitors(), [], time.process_time()
    read, size = 0, 1
    while read < size:
        started = time.perf_counter()
        with monitors.looking(run) as monitor:
            json.dumps(views.summary(monitor, views.part_of(monitor, None), time.time()))
            read, size = monitor.read
        looks.append(time.perf_counter() - started)
    rows = [
        ("answer", "milliseconds"),
        (f"slowest of {len(looks)} while {size / 1e6:.0f} MB are read", _ms(max(looks))),
    ]
    first = f"{time.process_time() - processor:.0f} s of processor time"
    rows += [(name, _ms(_median(ask))) for name, ask in _answers(monitors, run)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{aligned(rows)}\n\nFirst reading: {first}. Peak memory of the process: {memory} MB."


def write_run(run: RunDirectory, batches: int) -> None:
    """Write the plan and the journals of a finished run; a hundredth of all attempts fails."""
    shards = divide(range(batches + 1), SHARDS)
    run.plan_file.parent.mkdir(parents=True)
    run.job_file.write_text(json.dumps({"base_dir": "/", "job": JOB}))
    Plan("run", "job", "source", batches, batches, "bash_fork", [], shards, list(range(len(shards)))).write(run)
    for number, shard in enumerate(shards):
        directory = run.shard(number)
        directory.path.mkdir(parents=True)
        with directory.journal.open("wb") as journal:
            journal.writelines(event.to_line() for event in _events(number, shard))


def _events(number: int, shard: Shard) -> Iterator[Event]:
    generator = random.Random(number)
    second = 1_800_000_000.0
    for index in range(shard.first, shard.first + shard.count):
        attempt, failed = 1, True
        yield Event(EventType.BATCH_READY, "coordinator", batch_id(index), {}, "run", number, 0, _stamp(second))
        while failed:
            failed, took = generator.random() < FAILING, generator.lognormvariate(4, 0.6)
            worker, facts = f"worker.{index % 4}", {"processing_time_ms": round(took, 3)}
            payload = facts | ({"error": ERROR, "retry_count": attempt - 1} if failed else COMMIT)
            kind = EventType.BATCH_FAILED if failed else EventType.BATCH_COMPLETE
            for event_type, source, told in (
                (EventType.BATCH_CLAIMED, "coordinator", {}),
                (EventType.BATCH_STARTED, worker, {}),
                (kind, worker, payload),
            ):
                yield Event(event_type, source, batch_id(index), told, "run", number, attempt, _stamp(second))
            second, attempt = second + took / 1000, attempt + 1


def _answers(monitors: Monitors, run: RunDirectory) -> Iterator[tuple[str, Callable[[], object]]]:
    with monitors.looking(run) as monitor:
        assert monitor is not None
        whole = views.part_of(monitor, None)
        assert whole is not None
        every = frozenset(range(6))
        yield "summary", lambda: views.summary(monitor, whole, time.time())
        yield "grid", lambda: views.grid(monitor, 0, whole.stop, views.MOST_CELLS)
        yield "batches, a page", lambda: views.batches(monitor, every, whole.stop // 2, whole.stop)
        yield "batches in a state that none is in", lambda: views.batches(monitor, frozenset({FAILED}), 0, whole.stop)
        yield "failures, a page", lambda: views.failures(monitor, whole)
        yield "failures, a search that finds nothing", lambda: views.failures(monitor, whole, text="nowhere")


def _median(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        json.dumps(ask())
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def _stamp(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="microseconds")
