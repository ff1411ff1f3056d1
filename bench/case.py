"""A case: what is measured, and the figures that it shall reach."""

from __future__ import annotations

import math
import statistics
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.place import Place

NO_BREAK = "\N{NO-BREAK SPACE}"

Sample = dict[str, float]
"""The figures of one run: ``seconds``, ``cpu_seconds``, ``peak_mb``, and others that programs measure themselves."""
Samples = Mapping[str, Sequence[Sample]]
"""The runs of each contestant, round by round."""


@dataclass(frozen=True)
class Given:
    """A peer that is not run here, and the figures that are told of it at full size."""

    name: str
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Value:
    """What was reached: the median of the rounds, the least and the most."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Goal:
    """A figure that shall be reached: of one contestant, or its ratio to that of another, round by round.

    :param ours: the contestant.
    :param against: the other contestant; the figure itself counts when None.
    :param most: the figure shall be this at most,
    :param least: and this at least.
    :param figure: which of a sample's figures.
    :param unit: what the value is in; "×" for ratios.
    :param scale: what the value is multiplied by: 1000 for milliseconds, 0.1 for ten times the bytes.
    :param faster: whether the ratio is the other way round: how many times as fast.
    :param what: what the row of the table is called, in place of the case's title and the contestant.
    """

    ours: str
    against: str | Given | None = None
    most: float = math.inf
    least: float = -math.inf
    figure: str = "seconds"
    unit: str = "×"
    scale: float = 1.0
    faster: bool = False
    what: str = ""

    @property
    def peer(self) -> str:
        """The name of what it is measured against, or nothing."""
        return self.against.name if isinstance(self.against, Given) else self.against or ""

    @property
    def asked(self) -> str:
        """The figure that is asked for."""
        for sign, bound in (("≤", self.most), ("≥", self.least)):
            if math.isfinite(bound):
                return f"{sign} {bound:g} {self.unit}".replace(" ", NO_BREAK)
        return ""

    def is_in(self, samples: Samples) -> bool:
        """Tell whether all that it needs was measured: a peer may have joined the case since."""
        needed = {self.ours} if isinstance(self.against, Given) else {self.ours, self.peer or self.ours}
        return needed <= samples.keys()

    def value(self, samples: Samples, size: float = 1.0) -> Value:
        """Return what was reached.

        :param size: the scale that was measured at; it scales what is given.
        """
        ours = [sample[self.figure] for sample in samples[self.ours]]
        pairs = zip(ours, self._others(samples, len(ours), size), strict=True)
        values = [self.scale * (other / one if self.faster else one / other) for one, other in pairs]
        return Value(statistics.median(values), min(values), max(values))

    def is_met(self, value: Value) -> bool:
        """Tell whether what was reached is what was asked for."""
        return self.least <= value.median <= self.most

    def _others(self, samples: Samples, rounds: int, size: float) -> Sequence[float]:
        if self.against is None:
            return [1.0] * rounds
        if isinstance(self.against, Given):
            return [self.against.figures[self.figure] * size] * rounds
        return [sample[self.figure] for sample in samples[self.against]]


@dataclass(frozen=True)
class Case(ABC):
    """Something to measure.

    :param name: what it is called on the command line, and its results' file.
    :param title: what it is called on its page.
    :param about: what is measured, and what a reader should know of it.
    :param goals: the figures that it shall reach.
    :param own: how many of the contestants are ours: the first ones.
    :param minutes: about how long it takes in full on two slow cores.
    """

    name: str
    title: str
    about: str
    goals: tuple[Goal, ...]
    own: int = field(default=1, kw_only=True)
    minutes: float = field(default=1, kw_only=True)

    @abstractmethod
    def measure(self, place: Place) -> Samples:
        """Measure."""
