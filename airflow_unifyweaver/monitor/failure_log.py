"""The failed attempts of a run: what caused each, and where the journals tell of it."""

from __future__ import annotations

import re
from array import array
from typing import Any

from airflow_unifyweaver.monitor.journal_tail import JournalEvent
from airflow_unifyweaver.run.state import KILLED

MOST_CAUSES = 100
"""So many causes are told apart."""
CAUSE_LENGTH = 160
OTHER_CAUSES = "other causes"
_STDERR = re.compile(r"; (standard error (?:ends: (?P<tail>.*)|is empty))\Z", re.DOTALL)
_VARIABLE = re.compile(r"0x[0-9a-f]+|(?<!\d)(?<!code )(?<!accepts )\d+")


class FailureLog:
    """Failed attempts, in the order in which they were read. Only their places are kept; texts stay in the journals."""

    def __init__(self) -> None:
        self._shards = array("I")
        self._places = array("Q")
        self._causes: set[str] = set()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, shard: int, event: JournalEvent) -> str:
        """Take a failed attempt in, and return its cause as :meth:`told_apart`."""
        self._shards.append(shard)
        self._places.append(event.place)
        cause = cause_of(event.payload["error"])
        if len(self._causes) < MOST_CAUSES:
            self._causes.add(cause)
        return self.told_apart(cause)

    def told_apart(self, cause: str) -> str:
        """Return a cause that was taken in; one word for all that came when there were too many."""
        return cause if cause in self._causes else OTHER_CAUSES

    def place(self, number: int) -> tuple[int, int]:
        """Return the shard whose journal tells of an attempt, and where."""
        return self._shards[number], self._places[number]


def split_error(error: str) -> tuple[str, str | None]:
    """Return what went wrong, and the end of standard error, or None when no command was run."""
    found = _STDERR.search(error)
    return (error[: found.start()], found["tail"] or "") if found else (error, None)


def cause_of(error: str) -> str:
    """Return an error without what differs from one batch to the next."""
    line = split_error(error)[0].partition("\n")[0]
    return _VARIABLE.sub("…", line)[:CAUSE_LENGTH]


def failure_entry(shard: int, event: JournalEvent) -> dict[str, Any]:
    """Return a failed attempt as it is shown."""
    error, stderr = split_error(event.payload["error"])
    return {
        "shard": shard,
        "batch": event.batch,
        "attempt": event.attempt,
        "time": event.time,
        "worker": event.source,
        "error": error,
        "stderr": stderr,
        "killed": KILLED in event.payload,
        "cause": cause_of(event.payload["error"]),
    }
