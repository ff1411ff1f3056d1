"""What batches of one row cost in Prolog, and whether ``swipl`` grows with them."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.work.prolog.work import PrologWork
from airflow_unifyweaver.work.registry import work_for
from bench.tables import aligned
from bench.timing import progress

MOST_BATCHES = 100_000
ROW = 'level(Line, Level) :- split_string(Line, " ", "", [_, Level|_]).\n'


def table(folder: Path, rounds: int) -> str:
    """Work on batches of one row, and return a table of what they cost.

    :param rounds: 1 for a tenth of the batches.
    """
    batches = MOST_BATCHES if rounds > 1 else MOST_BATCHES // 10
    progress(f"prolog: {batches} batches of one row")
    (folder / "row.pl").write_text(ROW)
    work = {"prolog": {"file": "row.pl", "predicate": "level/2"}}
    fields = {"name": "rows", "source": {"type": "text", "path": "x"}, "work": work}
    found = work_for(BatchJob.from_dict(fields, base_dir=folder))
    if not isinstance(found, PrologWork):
        raise TypeError(type(found).__name__)
    list(found.run(["1 INFO warm"]))  # type: ignore[arg-type]
    before, seconds = _resident_mb(found), []
    for number in range(batches):
        started = time.perf_counter()
        list(found.run([f"{number} INFO {number}"]))  # type: ignore[arg-type]
        seconds.append(time.perf_counter() - started)
    percentile = statistics.quantiles(seconds, n=100)
    row = (
        str(batches),
        f"{statistics.median(seconds) * 1000:.2f} ms",
        f"{percentile[-1] * 1000:.2f} ms",
        f"{before:.0f} MB",
        f"{_resident_mb(found):.0f} MB",
    )
    return aligned([("batches of one row", "median", "99 %", "swipl before", "swipl after"), row])


def _resident_mb(work: PrologWork) -> float:
    process = work.swipl._process  # noqa: SLF001 - what is measured here
    pid = process._process.pid if process else 0  # noqa: SLF001
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
