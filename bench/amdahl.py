"""A model of how a run gets faster with workers, from what one of them took."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SerialModel:
    """Amdahl's law over batches of equal cost, which somebody hands out.

    :param serial: seconds in which a worker had nothing to do, which more of them do not make fewer.
    :param beside: processor seconds of handing out and taking in, while a worker is busy: many workers share their
        processors with it, and have to wait for it at last.
    :param work: seconds of work on batches.
    :param batches: how many there are; the last of them leave workers idle when they are few.
    """

    serial: float
    beside: float
    work: float
    batches: int

    @classmethod
    def of_one_worker(cls, seconds: float, cpu_seconds: float, work: float, batches: int) -> SerialModel:
        """Make the model of a run on one worker and two processors, in which the next batch is handed out in advance.

        :param seconds: from its start to its end.
        :param cpu_seconds: of all its processes.
        :param work: seconds of work on batches.
        """
        return cls(seconds - work, max(cpu_seconds - seconds, 0.0), work, batches)

    @property
    def serial_fraction(self) -> float:
        """The share of one worker's time that more workers do not make less."""
        return self.serial / (self.serial + self.work)

    def speedup(self, workers: int) -> float:
        """Return how many times as fast so many workers, on a processor each, are as one that has two."""
        work = self.work * math.ceil(self.batches / workers) / self.batches
        return (self.serial + self.work) / (self.serial + max(work + self.beside / workers, self.beside))
