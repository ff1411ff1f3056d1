"""How much is done by the second: all of a run in a bounded number of bins, and the last minute for a forecast."""

from __future__ import annotations

from typing import Any

MOST_BINS = 400
RECENT_SECONDS = 60


class Throughput:
    """Counts of what happened, by time. When there are too many bins, each becomes twice as wide."""

    def __init__(self) -> None:
        self.width = 1
        self._bins: dict[int, list[int]] = {}
        self._recent: dict[int, int] = {}

    def add(self, time: float, done: int = 0, failed: int = 0) -> None:
        """Take in what was done, and how many attempts failed.

        :param time: seconds since 1970.
        """
        counts = self._bins.setdefault(int(time // self.width), [0, 0])
        counts[0] += done
        counts[1] += failed
        self._recent[int(time)] = self._recent.get(int(time), 0) + done
        if len(self._bins) > MOST_BINS:
            self._widen()
        if len(self._recent) > 2 * RECENT_SECONDS:
            self._recent = dict(sorted(self._recent.items())[-RECENT_SECONDS:])

    def rate(self, now: float, since: float | None) -> float | None:
        """Return how much was done each second of the last minute, or None when that was nothing.

        :param now: seconds since 1970.
        :param since: when the work began; a run that is younger than a minute is measured from there.
        """
        begin = max(now - RECENT_SECONDS, since or 0)
        done = sum(number for second, number in self._recent.items() if second >= int(begin))
        return done / max(now - begin, 1) if done else None

    def to_dict(self) -> dict[str, Any]:
        """Return the bins in which something happened: their begins, and what was done and failed in each."""
        begins = sorted(self._bins)
        return {
            "width": self.width,
            "times": [begin * self.width for begin in begins],
            "done": [self._bins[begin][0] for begin in begins],
            "failed": [self._bins[begin][1] for begin in begins],
        }

    def _widen(self) -> None:
        self.width *= 2
        wider: dict[int, list[int]] = {}
        for begin, (done, failed) in self._bins.items():
            counts = wider.setdefault(begin // 2, [0, 0])
            counts[0] += done
            counts[1] += failed
        self._bins = wider
