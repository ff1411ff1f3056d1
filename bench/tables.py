"""Tables of results, in Markdown: for the terminal and for the pages."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence

from bench.case import NO_BREAK, Case, Goal, Sample
from bench.growth import Growth, medians, slope
from bench.results import Result

GOALS = ("case", "against", "reached", "spread", "asked for", "")
"""The columns of goals."""


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows, the first of which has the names of columns, as a Markdown table."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def goals_table(cases: Iterable[tuple[Case, str]], results: dict[str, Result]) -> str:
    """Return the table of all goals.

    :param cases: each with what links to it, or nothing.
    :param results: what was measured; a case that is not in it was not.
    """
    asked = ((case, goal, link) for case, link in cases for goal in case.goals if goal.asked)
    rows = (_goal_row(_linked(case, goal, link), goal, results.get(case.name)) for case, goal, link in asked)
    return aligned([GOALS, *rows])


def case_tables(case: Case, result: Result) -> str:
    """Return the tables of a case: what each contestant took, and all that is compared."""
    return "\n\n".join(_growth_tables(case, result) if isinstance(case, Growth) else _contest_tables(case, result))


def _contest_tables(case: Case, result: Result) -> Iterator[str]:
    rows = [("", "time", "spread", "processor time", "largest process")]
    yield aligned([*rows, *(_run_row(name, samples) for name, samples in result.samples.items())])
    yield f"Rounds: {len(next(iter(result.samples.values())))}."
    yield aligned([GOALS, *(_goal_row(goal.what or goal.ours, goal, result) for goal in case.goals)])


def _growth_tables(case: Growth, result: Result) -> Iterator[str]:
    columns = (case.unit, "time", *(() if case.shrinks else ("each",)), "largest process")
    for name, samples in result.samples.items():
        yield f"**{name}**{_growth(case.unit, slope(samples))}"
        yield aligned([columns, *(_point_row(sample, each=not case.shrinks) for sample in medians(samples))])


def _growth(unit: str, exponent: float | None) -> str:
    """Say how time goes with the unit at the end of a series."""
    return f": between the last two points, time goes as {unit}^{exponent:.2f}." if exponent is not None else ""


def amount(value: float | None, unit: str = "") -> str:
    """Return a value in three digits, with its unit."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")
    return f"{text}{NO_BREAK}{unit}" if unit else text


def _linked(case: Case, goal: Goal, link: str) -> str:
    what = goal.what or f"{case.title}: {goal.ours}"
    return f"[{what}]({link})" if link else what


def _goal_row(name: str, goal: Goal, result: Result | None) -> tuple[str, ...]:
    if result is None or not goal.is_in(result.samples):
        return (name, goal.peer, "not measured yet", "", goal.asked, "")
    value = goal.value(result.samples, result.scale)
    reached, met = amount(value.median, goal.unit), ""
    if result.scale != 1:
        reached += f" at {result.scale:g} of the size"
    elif goal.asked:
        met = "✓" if goal.is_met(value) else "✗"
    return (name, goal.peer, reached, _spread(value.low, value.high), goal.asked, met)


def _spread(low: float, high: float) -> str:
    return f"{amount(low)}–{amount(high)}"


def _run_row(name: str, samples: Sequence[Sample]) -> tuple[str, ...]:
    seconds = [sample["seconds"] for sample in samples]
    cpu, peak = _median(samples, "cpu_seconds"), _median(samples, "peak_mb")
    return (
        name,
        amount(statistics.median(seconds), "s"),
        _spread(min(seconds), max(seconds)),
        amount(cpu, "s"),
        amount(peak, "MB"),
    )


def _median(samples: Sequence[Sample], figure: str) -> float | None:
    """Return the median of a figure, or None when it was not measured."""
    found = [sample[figure] for sample in samples if figure in sample]
    return statistics.median(found) if found else None


def _point_row(sample: Sample, *, each: bool) -> tuple[str, ...]:
    share = (amount(sample["seconds"] / sample["x"] * 1e6, "µs"),) if each else ()
    return (f"{sample['x']:,.0f}", amount(sample["seconds"], "s"), *share, amount(sample["peak_mb"], "MB"))
