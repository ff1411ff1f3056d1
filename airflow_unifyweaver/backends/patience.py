"""Questions to a run's URL that may go unanswered for a while: hours of work on a cluster are not given up for one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from airflow_unifyweaver.exceptions import RunError

log = logging.getLogger(__name__)


class Patience:
    """Asks again and again.

    :param seconds: how long there may be no answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._answered = time.monotonic()

    def ask(self, question: Callable[[], bool], otherwise: bool) -> bool:
        """Return the answer, or what counts as one for the time being.

        :raises RunError: when there has been none for too long.
        """
        try:
            answer = question()
        except RunError as error:
            if time.monotonic() > self._answered + self._seconds:
                raise
            log.warning("%s; it is asked again", error)
            return otherwise
        self._answered = time.monotonic()
        return answer
