"""A case in which something grows: how time and memory grow with it."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.case import Case, Sample, Samples
from bench.place import Place
from bench.timing import Command, measure

SHORT_SECONDS = 20
"""Points that take less are measured in several rounds."""
DISK_SHARE = 0.5
"""Share of the free disk that a point may need."""


@dataclass(frozen=True)
class Growth(Case):
    """Series of points; each ends where the next point would take too long, or too much of the disk.

    :param unit: what grows.
    :param points: how many of it, ascending.
    :param series: makes the command for a point of each series.
    :param rounds: how often a short point is measured.
    :param limit: seconds that a point may take, by what the one before it took.
    :param disk_bytes: bytes on disk that one of the unit needs.
    :param shrinks: whether points cost the less the higher they are: then none is too long.
    """

    unit: str
    points: Sequence[int]
    series: Callable[[Place], Mapping[str, Callable[[int], Command]]]
    rounds: int = 3
    limit: float = 900.0
    disk_bytes: int = 0
    shrinks: bool = False

    def measure(self, place: Place) -> Samples:
        """Measure all points that are possible here; each sample has its point as ``x``."""
        series = self.series(place)
        return {name: list(self._samples(command, place)) for name, command in series.items()}

    def _samples(self, command: Callable[[int], Command], place: Place) -> Iterator[Sample]:
        last: Sample = {}
        for point in self._points_at(place.scale):
            if last and self._is_too_much(point, last, place):
                return
            for number in range(self.rounds if place.scale >= 1 else 1):
                if number and last["seconds"] > SHORT_SECONDS:
                    break
                last = {"x": point} | measure(command(point)).figures
                place.clear()
                yield last

    def _points_at(self, scale: float) -> Sequence[int]:
        return [point for point in self.points if point <= self.points[-1] * scale] or self.points[:1]

    def _is_too_much(self, point: int, last: Sample, place: Place) -> bool:
        seconds = 0 if self.shrinks else last["seconds"] * point / last["x"]
        free = shutil.disk_usage(place.folder).free
        return seconds > self.limit or point * self.disk_bytes > free * DISK_SHARE


def medians(samples: Sequence[Sample]) -> list[Sample]:
    """Return the median of the rounds of each point, in the order of points."""
    points = sorted({sample["x"] for sample in samples})
    rounds = ([sample for sample in samples if sample["x"] == point] for point in points)
    return [{name: statistics.median(sample[name] for sample in same) for name in same[0]} for same in rounds]


def slope(samples: Sequence[Sample]) -> float | None:
    """Return the exponent by which seconds grow between the last two points: 1 is a straight line."""
    found = medians(samples)
    if len(found) < 2:
        return None
    before, after = found[-2:]
    return math.log(after["seconds"] / before["seconds"]) / math.log(after["x"] / before["x"])
