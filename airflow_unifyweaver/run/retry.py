"""How long a failed batch waits for its next attempt."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from airflow_unifyweaver import words

MAX_DELAY_SECONDS = 300.0
JITTER = 0.25
"""Share of a wait that is left to chance."""


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again, and when to give up.

    :param max_attempts: attempts at a batch before it has failed for good.
    :param backoff: how waits grow: ``exponential``, ``linear`` or ``constant``.
    :param delay: the first wait, in seconds.
    :param allowed_failures: how many batches of the run may fail for good: the failure budget.
    :param quarantine: what is set aside when it has failed for good: ``none``, the ``batch``, or its ``record`` alone.
    :param by_pieces: whether the budget counts the pieces that batches are made of, instead of the batches.
    """

    max_attempts: int
    backoff: str
    delay: float
    allowed_failures: int
    quarantine: str = "none"
    by_pieces: bool = False

    def spent(self, affected: Collection[int]) -> int:
        """Return how much of the budget is spent.

        :param affected: of how many pieces each batch is made that failed, in whole or in some records.
        """
        return sum(affected) if self.by_pieces else len(affected)

    @property
    def allowance(self) -> str:
        """What the budget allows, in words."""
        return (words.pieces if self.by_pieces else words.batches)(self.allowed_failures)

    def wait_after(self, attempts: int) -> float:
        """Return the seconds to wait after so many failed attempts.

        Up to a quarter of it is left to chance, so that batches which failed together, as when a server that they all
        use was busy, do not all come back together.
        """
        factors: dict[str, int] = {"constant": 1, "linear": attempts, "exponential": 2 ** min(attempts - 1, 30)}
        longest = min(self.delay * factors[self.backoff], MAX_DELAY_SECONDS)
        return longest * (1 - JITTER * random.random())  # noqa: S311 - nothing secret hangs on it
