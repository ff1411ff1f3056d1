"""An event handler in Prolog."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.work.prolog.swipl import Swipl

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrologHandler:
    """Calls a predicate with each event, and logs what it prints.

    :param swipl: runs it; one for each handler, as each has a thread of its own.
    :param name: its name.
    """

    swipl: Swipl
    name: str

    def __call__(self, event: Event) -> None:
        """Call the predicate.

        :raises WorkError: when it raises, or has no solution.
        """
        for line in self.swipl.ask(("handle", self.name, event.to_dict())).splitlines():
            log.info("%s", line)
