"""How long batches take: a histogram whose size does not depend on their number."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

RATIO = 1.05
"""Each bucket ends at so many times its begin, so a percentile is right to within 2.5 %."""
SHOWN_BUCKETS = 40
_SCALE = 1 / math.log(RATIO)
_LEAST_MS = 0.001
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


class Latency:
    """The durations of attempts that were committed."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self._total = 0.0
        self._least = math.inf
        self._most = 0.0

    def add(self, milliseconds: float) -> None:
        """Take a duration in."""
        self._buckets[math.floor(math.log(max(milliseconds, _LEAST_MS)) * _SCALE)] += 1
        self.count += 1
        self._total += milliseconds
        self._least = min(self._least, milliseconds)
        self._most = max(self._most, milliseconds)

    def percentile(self, share: float) -> float:
        """Return the duration in milliseconds that a share of all durations does not exceed.

        :param share: above 0, up to 1; there must be a duration.
        """
        left = math.ceil(share * self.count)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                break
        middle: float = RATIO ** (bucket + 0.5)
        return min(max(middle, self._least), self._most)

    def to_dict(self) -> dict[str, Any] | None:
        """Return percentiles and a coarser histogram, in milliseconds; None when there is no duration yet."""
        if not self.count:
            return None
        found: dict[str, Any] = {name: self.percentile(share) for name, share in PERCENTILES.items()}
        mean = self._total / self.count
        return found | {"mean": mean, "min": self._least, "max": self._most, "buckets": self._shown()}

    def _shown(self) -> list[tuple[float, float, int]]:
        """Return begin, end and number of each of a few buckets, those in between that are empty too."""
        first, last = min(self._buckets), max(self._buckets)
        step = (last - first) // SHOWN_BUCKETS + 1
        coarse: Counter[int] = Counter()
        for bucket, number in self._buckets.items():
            coarse[(bucket - first) // step] += number
        return [
            (RATIO ** (first + step * place), RATIO ** (first + step * (place + 1)), coarse[place])
            for place in range(max(coarse) + 1)
        ]
