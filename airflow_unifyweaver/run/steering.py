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
OUTLIER = 4.0
"""A batch of a size that is known counts as having taken at most so many times what was expected of it."""
SETTLED = 5
"""How many measurements it takes to know what to expect."""
SPREAD = 0.05
"""How far sizes must differ, from 0 (all are the same) to 1, to tell the fixed part from the other."""
USEFUL = 4.0
"""A batch spends at least so many times its fixed part on records, so that a fifth at most goes into what is fixed."""
SMALLEST_SECONDS = 0.004
"""Nor shall a batch be shorter than this: handing it out and committing it costs about a millisecond at worst."""
_INSTANT = 1e-15


@dataclass(frozen=True)
class Bounds:
    """Between which sizes a batch is to be, in what the source's recipes count in.

    :param smallest: a smaller one is not worth what it costs; infinite when size does not seem to matter.
    :param largest: a larger one takes too long.
    """

    smallest: float
    largest: float


class Steering:
    """Learns how long batches take.

    :param target: how long a batch should take, in seconds.
    :param limit: size that no batch may exceed, whatever the time.
    """

    def __init__(self, target: float, limit: float = math.inf) -> None:
        self._target = target
        self._limit = limit
        self._known = 0
        self._seen = 0.0
        self._fixed: float | None = None
        self._quickest = math.inf
        self._count = self._inverse = self._size = self._seconds = self._slowness = 0.0

    def learn(self, size: float, seconds: float) -> None:
        """Take in how long a batch took."""
        if size <= self._seen and self._known >= SETTLED:
            seconds = min(seconds, OUTLIER * (self._fixed_part() + self._rate() * size))
        self._known += 1
        self._seen = max(self._seen, size)
        self._quickest = min(self._quickest, seconds)
        self._count = MEMORY * self._count + 1
        self._inverse = MEMORY * self._inverse + 1 / size
        self._size = MEMORY * self._size + size
        self._seconds = MEMORY * self._seconds + seconds
        self._slowness = MEMORY * self._slowness + seconds / size
        self._fit()

    def pass_over(self, size: float) -> None:
        """Take in that a batch of a size had no record in it: it tells nothing, but the next may be larger."""
        self._seen = max(self._seen, size)

    def bounds(self) -> Bounds:
        """Return what size the next batch is to have."""
        if not self._known:
            return Bounds(0.0, min(2 * self._seen, self._limit))
        fixed, rate = self._fixed_part(), self._rate()
        useful = max(USEFUL * fixed, min(SMALLEST_SECONDS, self._target))
        wanted = max(self._target - fixed, useful) / rate
        if self._fixed is None:  # only another size can tell what is fixed
            wanted = max(wanted, 2 * self._seen)
        return Bounds(useful / rate, min(wanted, GROWTH * self._seen, self._limit))

    def _fit(self) -> None:
        even = self._count**2
        uneven = self._inverse * self._size
        if uneven - even > SPREAD * uneven:
            self._fixed = (self._slowness * self._size - self._count * self._seconds) / (uneven - even)

    def _fixed_part(self) -> float:
        # No batch took less than what every batch takes: so a first one that was slow for once misleads for long not.
        return min(max(self._fixed or 0.0, 0.0), self._quickest)

    def _rate(self) -> float:
        """Return seconds for each unit of size, such that all that was measured took as long as it did together."""
        return max((self._seconds - self._count * self._fixed_part()) / self._size, _INSTANT)
