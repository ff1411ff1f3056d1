"""The table of results, for the terminal and for the docs."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.cases import Case
from bench.timing import Comparison, Measurement

HEADER = ("case", "backend", "ours", "peer", "", "ratio", "spread")


def table(results: Sequence[tuple[Case, Comparison]]) -> str:
    """Return a Markdown table, one row a case."""
    return aligned([HEADER, *(_row(case, comparison) for case, comparison in results)])


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows, the first of which has the names of columns, as a Markdown table."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def page(results: Sequence[tuple[Case, Comparison]], megabytes: int, rounds: int) -> str:
    """Return the page for the docs."""
    return f"""# Benchmarks

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, Python {platform.python_version()}, \
Linux {platform.release()}, a log of {megabytes} MB in the page cache, {rounds} rounds. In each round ours and the \
peer's command run in turn, as whole processes with everything that they do from start to exit; ratio is the median \
of our time over theirs (below 1 we are faster), spread its minimum and maximum.

{table(results)}

Ours does more in that time: every batch is journaled, checksummed and committed, and a killed run resumes.
"""


def http_page(results: Sequence[tuple[Case, Comparison]], latency: float, rounds: int) -> str:
    """Return the page for the docs about fetching."""
    speedup = 1 / results[0][1].ratio
    return f"""# Fetching URLs

Made by `python -m bench http` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, Python \
{platform.python_version()}, Linux {platform.release()}, a server on the same machine that answers after \
{latency * 1000:.0f} ms, rounds: {rounds}. Times are of whole processes, from start to exit.

{table(results)}

20 workers are {speedup:.1f} times as fast as one. With them, the two cores serve the workers *and* the server.
"""


def spark_page(results: Sequence[tuple[Case, Comparison]], megabytes: int, rounds: int) -> str:
    """Return the page for the docs about Spark."""
    return f"""# Spark

Made by `python -m bench spark` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, Python \
{platform.python_version()}, Linux {platform.release()}, a log of {megabytes} MB in the page cache, {rounds} rounds. \
Times are of whole processes, from start to exit: both sides start Spark once.

{table(results)}
"""


def dask_page(results: Sequence[tuple[Case, Comparison]], rounds: int) -> str:
    """Return the page for the docs about Dask."""
    return f"""# On Dask

Made by `python -m bench dask` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, Python \
{platform.python_version()}, Linux {platform.release()}, a scheduler and two workers of one thread on the same \
machine, blocks of 10 MB, rounds: {rounds}. Times are of whole processes, from start to exit; ratio is the median of \
our time over the peer's (below 1 we are faster).

{table(results)}
"""


def _row(case: Case, comparison: Comparison) -> tuple[str, ...]:
    low, high = min(comparison.ratios), max(comparison.ratios)
    ours, peer = _seconds(comparison.ours), _seconds(comparison.peer)
    return (case.name, case.backend, ours, peer, case.peer_name, f"{comparison.ratio:.3g}", f"{low:.3g} to {high:.3g}")


def _seconds(measurements: Sequence[Measurement]) -> str:
    return f"{statistics.median(one.seconds for one in measurements):.2f} s"


def progress(text: str) -> None:
    """Say what is being measured."""
    print(text, file=sys.stderr, flush=True)
