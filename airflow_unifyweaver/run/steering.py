"""How large the next adaptive batch shall be, by how long those before it took.

A batch is taken to last a fixed time and a time for each unit of its size, which are told apart by a line through what
was measured. A short batch tells more about the fixed part, so it weighs more (as the inverse of its size); a batch
long ago weighs less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MEMORY = 0.85
"""Weight of each measurement against the one after it: about the last seven decide."""
GROWTH = 8.0
"""A batch has at most so many times the size of the largest one that was measured."""
SURPRISE = 4.0
"""A batch that takes so many times as long as expected, or as short, is an outlier; the next like it is a change."""
SETTLED = 5
"""How many measurements it takes to know what to expect."""
SPREAD = 0.05
"""How far sizes must differ, from 0 (all are the same) to 1, to tell the fixed part from the other."""
USEFUL = 4.0
"""A batch spends at least so many times its fixed part on records, so that a fifth at most goes into what is fixed."""
SMALLEST_SECONDS = 0.02
"""Nor shall a batch be shorter than this: that handing it out takes a millisecond holds for an idle machine only."""
_INSTANT = 1e-15


@dataclass(frozen=True)
class Bounds:
    """Between which sizes a batch is to be, in bytes.

    :param smallest: a smaller one is not worth what it costs; infinite when size does not seem to matter.
    :param largest: a larger one takes too long.
    """

    smallest: float
    largest: float


@dataclass
class _Sums:
    """What is remembered of the batches that were measured: sums in which the later ones weigh more."""

    known: int = 0
    count: float = 0.0
    inverse: float = 0.0
    size: float = 0.0
    seconds: float = 0.0
    slowness: float = 0.0

    def add(self, size: float, seconds: float) -> None:
        """Take in a batch."""
        self.known += 1
        self.count = MEMORY * self.count + 1
        self.inverse = MEMORY * self.inverse + 1 / size
        self.size = MEMORY * self.size + size
        self.seconds = MEMORY * self.seconds + seconds
        self.slowness = MEMORY * self.slowness + seconds / size

    def intercept(self) -> float | None:
        """Return what a batch of no size would take, by the line of least squares, or None when sizes are too alike."""
        alike, unlike = self.count**2, self.inverse * self.size
        if unlike - alike <= SPREAD * unlike:
            return None
        return (self.slowness * self.size - self.count * self.seconds) / (unlike - alike)


class Steering:
    """Learns how long batches take.

    :param target: how long a batch should take, in seconds.
    :param limit: size that no batch may exceed, whatever the time.
    """

    def __init__(self, target: float, limit: float = math.inf) -> None:
        self._target = target
        self._limit = limit
        self._sums = _Sums()
        self._largest = 0.0
        self._quickest = math.inf
        self._intercept: float | None = None
        self._surprise = 0

    def learn(self, size: float, seconds: float) -> None:
        """Take in how long a batch took."""
        if self._sums.known >= SETTLED:
            seconds = self._believed(size, seconds)
        self._sums.add(size, seconds)
        self._largest = max(self._largest, size)
        self._quickest = min(self._quickest, seconds)
        intercept = self._sums.intercept()
        self._intercept = self._intercept if intercept is None else intercept

    def pass_over(self, size: float) -> None:
        """Take in that a batch of a size had no record in it: it tells nothing, but the next may be larger."""
        self._largest = max(self._largest, size)

    def bounds(self) -> Bounds:
        """Return what size the next batch is to have."""
        if not self._sums.known:
            return Bounds(0.0, min(2 * self._largest, self._limit))
        fixed, rate = self._fixed(), self._rate()
        useful = max(USEFUL * fixed, min(SMALLEST_SECONDS, self._target))
        wanted = max(self._target - fixed, useful) / rate
        if self._intercept is None:  # only another size can tell what is fixed
            wanted = max(wanted, 2 * self._largest)
        return Bounds(useful / rate, min(wanted, GROWTH * self._largest, self._limit))

    def _believed(self, size: float, seconds: float) -> float:
        """Return what a batch counts as having taken; when it is a change, what was before it counts no more."""
        expected = self._fixed() + self._rate() * size
        before, self._surprise = self._surprise, (seconds > SURPRISE * expected) - (seconds * SURPRISE < expected)
        if self._surprise and self._surprise == before:
            self._sums = _Sums()
            return seconds
        return min(seconds, SURPRISE * expected)

    def _fixed(self) -> float:
        """Return the seconds that every batch takes, whatever its size."""
        # No batch took less than that: so a first one that was slow for once does not mislead for long.
        return min(max(self._intercept or 0.0, 0.0), self._quickest)

    def _rate(self) -> float:
        """Return seconds for each unit of size, such that all that was measured took as long as it did together."""
        return max((self._sums.seconds - self._sums.count * self._fixed()) / self._sums.size, _INSTANT)
