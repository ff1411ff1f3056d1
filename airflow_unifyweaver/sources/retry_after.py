"""When to ask again: as the server says, or ever later."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for (RFC 9110: a number of seconds or a date), or None."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def backoff(attempt: int) -> float:
    """Return the seconds to wait after an attempt (from 1) of which the server did not say when to come again."""
    longest: float = min(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - so that workers do not come back all at once
