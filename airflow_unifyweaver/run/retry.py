"""How long a failed batch waits for its next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass

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
    """

    max_attempts: int
    backoff: str
    delay: float
    allowed_failures: int
    quarantine: str = "none"

    def wait_after(self, attempts: int) -> float:
        """Return the seconds to wait after so many failed attempts.

        Up to a quarter of it is left to chance, so that batches which failed together, as when a server that they all
        use was busy, do not all come back together.
        """
        factors: dict[str, int] = {"constant": 1, "linear": attempts, "exponential": 2 ** min(attempts - 1, 30)}
        longest = min(self.delay * factors[self.backoff], MAX_DELAY_SECONDS)
        return longest * (1 - JITTER * random.random())  # noqa: S311 - nothing secret hangs on it
