"""What the log of a Spark application tells of its failure."""

from __future__ import annotations

import os
import re
from pathlib import Path

TAIL_BYTES = 200_000
"""How much of a log is looked at, from its end: a failure is written several times over, each with all its frames."""
_EXCEPTION = re.compile(
    r'(?:Exception in thread "[^"]*" |Caused by: )?(?:[\w$]+\.)*(?P<cause>\w+(?:Error|Exception): .+)'
)
_ERROR = re.compile(r"\S+ \S+ ERROR [\w.$]+: (?P<cause>.+)")
_LOGGED = re.compile(r"\d\S+ \d\S+ [A-Z]+ ")
_WRAPPERS = ("Traceback (most recent call last):", "An error occurred while calling")
"""What ends or begins a line that only leads on to another one."""
_STARVED = "Initial job has not accepted any resources"
_PLAIN_LINES = 3


def probable_cause(log: Path) -> str:
    """Return the line that most likely tells why an application failed.

    :param log: what spark-submit printed.
    """
    lines = _tail(log).splitlines()
    for pattern in (_EXCEPTION, _ERROR):
        causes = [match["cause"].strip() for match in map(pattern.match, lines) if match]
        telling = [cause for cause in causes if not any(wrapper in cause for wrapper in _WRAPPERS)]
        if telling:
            return telling[-1]
    plain = [line for line in lines if line.strip() and not line[0].isspace() and not _LOGGED.match(line)]
    return "; ".join(plain[-_PLAIN_LINES:]) or "it was killed"


def is_starved(log: Path) -> bool:
    """Tell whether an application waits for executors, as far as the end of its log goes."""
    return _STARVED in _tail(log)[-2000:]


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - TAIL_BYTES, 0))
        return file.read().decode(errors="replace")
