"""Plots as SVG files, each for a light and for a dark page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.case import Case, Sample, Samples
from bench.growth import Growth, medians
from bench.results import Result

FOLDER = "plots"
WIDTH = 7.2


@dataclass(frozen=True)
class Theme:
    """Colours of text, of lines between, of peers, and of what is drawn otherwise."""

    name: str
    text: str
    grid: str
    peer: str
    colours: tuple[str, ...]


THEMES = (
    Theme("light", "#3b3f46", "#d8dbe0", "#aab1bc", ("#2962c7", "#c2570c", "#4b7f2f", "#8a4fa8")),
    Theme("dark", "#cfd3da", "#3a3f47", "#5f6773", ("#7aa7ff", "#ffa45c", "#9fd37f", "#d3a1ef")),
)


def write_plots(case: Case, result: Result, docs: Path) -> list[Path]:
    """Draw what was measured, where there is something to compare.

    :param docs: the folder of pages.
    :return: the files, relative to that folder, one for each theme.
    """
    if len(result.samples) < 2 and not isinstance(case, Growth):
        return []
    (docs / FOLDER).mkdir(parents=True, exist_ok=True)
    files = []
    for theme in THEMES:
        file = Path(FOLDER) / f"{case.name}-{theme.name}.svg"
        with _style(theme):
            figure = _lines(case, result.samples) if isinstance(case, Growth) else _bars(case, result.samples, theme)
            figure.savefig(docs / file, metadata={"Date": None}, transparent=True)
        files.append(file)
    return files


def _style(theme: Theme) -> AbstractContextManager[None]:
    """Set Matplotlib to a theme; files are the same for the same figures."""
    import matplotlib as mpl
    from cycler import cycler

    names = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    settings: Mapping[str, Any] = dict.fromkeys(names, theme.text) | {
        "axes.prop_cycle": cycler(color=theme.colours),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.family": "sans-serif",
        "font.size": 10,
        "grid.color": theme.grid,
        "legend.frameon": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "bench",
    }
    return mpl.rc_context(settings)


def _figure(height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _bars(case: Case, samples: Samples, theme: Theme) -> Any:
    """Draw the median time of each contestant, and the spread of its rounds."""
    names = list(samples)[::-1]
    rounds = [[sample["seconds"] for sample in samples[name]] for name in names]
    middle = [statistics.median(seconds) for seconds in rounds]
    below = [one - min(seconds) for one, seconds in zip(middle, rounds, strict=True)]
    above = [max(seconds) - one for one, seconds in zip(middle, rounds, strict=True)]
    figure, axes = _figure(0.7 + 0.38 * len(names))
    own = list(samples)[: case.own]
    colours = [theme.colours[0] if name in own else theme.peer for name in names]
    bars = axes.barh(names, middle, xerr=[below, above], color=colours, ecolor=theme.text, height=0.62)
    axes.bar_label(bars, [f"{seconds:.3g} s" for seconds in middle], padding=6)
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds")
    axes.tick_params(axis="y", length=0)
    return figure


def _lines(case: Growth, samples: Samples) -> Any:
    """Draw each series' time over what grows, and a line that is in proportion to it."""
    figure, axes = _figure(3.8)
    axes.set_xscale("log", base=2 if case.shrinks else 10)
    axes.set_yscale("log")
    for (name, series), marker in zip(samples.items(), "os^D", strict=False):
        found = medians(series)
        axes.plot([one["x"] for one in found], [one["seconds"] for one in found], marker=marker, label=name)
    _draw_proportion(axes, medians(next(iter(samples.values()))), exponent=-1 if case.shrinks else 1)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(case.unit)
    axes.set_ylabel("seconds")
    axes.grid(which="major", linewidth=0.6)
    axes.legend()
    return figure


def _draw_proportion(axes: Any, points: Sequence[Sample], exponent: int) -> None:
    """Draw a line through the point that took longest, as far as the points go."""
    longest = max(points, key=lambda point: point["seconds"])
    ends = [points[0]["x"], points[-1]["x"]]
    seconds = [longest["seconds"] * (x / longest["x"]) ** exponent for x in ends]
    view = axes.get_ylim()
    axes.plot(ends, seconds, linestyle=":", color="gray", label="in proportion")
    axes.set_ylim(view)
