"""``unifyweaver plan JOB``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.cli.job_file import load
from airflow_unifyweaver.preview import SAMPLE, BackendEstimate, Preview, preview
from airflow_unifyweaver.words import duration

_UNKNOWN = "?"


def act(options: argparse.Namespace) -> int:
    """Print what a run would be."""
    shown = preview(load(options), sample=options.sample)
    if options.json:
        print(json.dumps(shown.to_dict(), indent=2))
        return DONE
    for name, value in _facts(shown):
        print(f"{name:<14}{value}")
    print()
    for line in _table(shown):
        print(line)
    return DONE


def _facts(shown: Preview) -> Iterator[tuple[str, object]]:
    yield "job", shown.job
    yield "source", f"{shown.source_bytes} bytes"
    yield "pieces" if shown.adaptive else "batches", shown.batches
    yield "backend", shown.backend
    yield "workers", next(estimate.workers for estimate in shown.backends if estimate.chosen)
    if shown.degraded:
        yield "degraded", "; ".join(f"{step['requested']}: {step['reason']}" for step in shown.degraded)
    if shown.command_line:
        yield "command line", shown.command_line
    yield "times", _basis(shown)


def _basis(shown: Preview) -> str:
    """Return what the estimates of time go by, in words."""
    if shown.basis == [SAMPLE]:
        return "estimated by a sample of the batches"
    if shown.basis:
        return f"estimated by earlier runs on {', '.join(shown.basis)}"
    return "unknown, as no run of this job is kept here; --sample tries some batches"


def _table(shown: Preview) -> Iterator[str]:
    """Yield the lines of the table of backends, in which an arrow points to the chosen one."""
    priced = shown.currency is not None
    head = ["", "backend", "workers", "time", *(["cost"] if priced else []), ""]
    rows = [head, *(_row(estimate, shown.currency) for estimate in shown.backends)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(estimate: BackendEstimate, currency: str | None) -> list[str]:
    mark = "->" if estimate.chosen else ""
    time = _UNKNOWN if estimate.seconds is None else duration(estimate.seconds)
    cost = _UNKNOWN if estimate.cost is None else f"{_amount(estimate.cost)} {currency}"
    cells = [str(estimate.workers), time, cost] if estimate.workers is not None else ["-"] * 3
    return [mark, estimate.backend, *cells[: 3 if currency else 2], estimate.note or ""]


def _amount(cost: float) -> str:
    return "< 0.01" if 0 < cost < 0.01 else f"{cost:.2f}"
