"""How long a failed batch waits for its next attempt."""

from __future__ import annotations

from dataclasses import dataclass

MAX_DELAY_SECONDS = 300.0


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again, and when to give up.

    :param max_attempts: attempts at a batch before it has failed for good.
    :param backoff: how waits grow: ``exponential``, ``linear`` or ``constant``.
    :param delay: the first wait, in seconds.
    :param allowed_failures: how many batches of the run may fail for good: the failure budget.
    """

    max_attempts: int
    backoff: str
    delay: float
    allowed_failures: int

    def wait_after(self, attempts: int) -> float:
        """Return the seconds to wait after so many failed attempts."""
        factors: dict[str, int] = {"constant": 1, "linear": attempts, "exponential": 2 ** min(attempts - 1, 30)}
        return min(self.delay * factors[self.backoff], MAX_DELAY_SECONDS)
