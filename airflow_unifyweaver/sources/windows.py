"""Which window of time a record falls into."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLION = 1_000_000
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
LATEST_SECOND = 253_402_300_800
"""The end of the year 9999, which ISO 8601 ends with as well."""
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_SORTABLE_BYTES = 16
_SORTABLE_ZERO = 1 << 64


class Windows:
    """Windows of one length, aligned to the epoch; all in whole microseconds, so that no border is a matter of luck.

    :param seconds: their length.
    """

    def __init__(self, seconds: float) -> None:
        self._length = round(seconds * _MILLION)

    def key(self, value: bytes) -> bytes:
        """Return the window of a time, as bytes that sort as windows follow each other.

        :param value: ISO 8601 (in UTC if it names no zone), or seconds since the epoch.
        :raises ValueError: when it is neither, in words.
        """
        return self.key_at(microseconds(value.decode("utf-8", "replace")))

    def key_at(self, time: int) -> bytes:
        """Return the window of a time in microseconds after the epoch."""
        return (time // self._length + _SORTABLE_ZERO).to_bytes(_SORTABLE_BYTES)

    def start(self, key: bytes) -> int:
        """Return when a window begins, in microseconds after the epoch."""
        return (int.from_bytes(key) - _SORTABLE_ZERO) * self._length


def microseconds(text: str) -> int:
    """Return how many microseconds after the epoch a time is.

    :raises ValueError: when it is no time.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _from_epoch(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("it is neither ISO 8601 nor a number of seconds since the epoch") from None
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _MILLION + since.microseconds


def _from_epoch(text: str) -> int:
    if _DATE.fullmatch(text):
        raise ValueError("it may be a date or seconds since the epoch; write dates as 2024-01-31")
    time = int(text) * _MILLION if text.isdigit() else int(Decimal(text).scaleb(6).to_integral_value("ROUND_FLOOR"))
    if abs(time) >= LATEST_SECOND * _MILLION:
        raise ValueError("it is beyond the year 9999; times since the epoch are seconds, not milliseconds")
    return time
