"""Values that take long to get: a thread gets them when somebody asks, who is told meanwhile that they are loading."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from airflow_unifyweaver.exceptions import RunError

PATIENCE_SECONDS = 0.05
"""So long does who asks first wait for a new value, and everybody for the first one: what is quick is never old."""
MOST_AT_ONCE = 8
"""How many values are got at the same time."""

_at_once = threading.BoundedSemaphore(MOST_AT_ONCE)
_Value = TypeVar("_Value")


class LoadingError(RunError):
    """What was asked for is still being got; whoever asks again a little later gets it."""


class Refreshed(Generic[_Value]):
    """A value that is got anew, in the background, when it is asked for and no longer fresh.

    :param get: gets it.
    :param seconds: for how long it is fresh.
    :param lasting: for how many seconds it is better than none.
    :param share: which part of the time it may take at most to get it again and again.
    """

    def __init__(
        self, get: Callable[[], _Value], seconds: float, *, lasting: float = math.inf, share: float = 1.0
    ) -> None:
        self._get = get
        self._seconds = seconds
        self._lasting = lasting
        self._share = share
        self._lock = threading.Lock()
        self._got = threading.Event()
        self._value: list[_Value] = []
        self._error: Exception | None = None
        self._at = -math.inf
        self._due = -math.inf

    def value(self) -> _Value:
        """Return the value as it was got last.

        :raises LoadingError: when it is not there yet, or too old.
        :raises Exception: what getting it raised.
        """
        if self._begins() or not self._is_good():
            self._got.wait(PATIENCE_SECONDS)
        with self._lock:
            if self._error is not None:
                raise self._error.with_traceback(None)
            if not self._is_good():
                raise LoadingError("still loading; ask again in a second")
            return self._value[0]

    def _is_good(self) -> bool:
        return time.monotonic() - self._at <= self._lasting and bool(self._value or self._error)

    def _begins(self) -> bool:
        with self._lock:
            if time.monotonic() < self._due:
                return False
            self._due = math.inf  # until this time is over
            self._got.clear()
        threading.Thread(target=self._refresh, name="refresh", daemon=True).start()
        return True

    def _refresh(self) -> None:
        with _at_once:
            begin = time.monotonic()
            value: list[_Value] = []
            error = None
            try:
                value = [self._get()]
            except Exception as raised:  # whoever asks hears of it
                error = raised
            now = time.monotonic()
        with self._lock:
            self._value, self._error, self._at = value or self._value, error, now
            self._due = now + max(self._seconds, (now - begin) * (1 / self._share - 1))
            self._got.set()
