"""What a broker knows of a job: up to where its stream is published, and which run has claimed what follows.

A source that is read without taking anything from the broker, such as a Kafka topic, has no other memory of what was
done: so its position must move exactly when a result is published (decision 0036).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class StreamPosition(Protocol):
    """The position of a job in its stream, which the broker keeps.

    :raises SourceError: from every method, when the broker does not do what is asked.
    :raises RunError: from those that write, when another process has entered since this one did.
    """

    def enter(self) -> str | None:
        """Begin to change the position. Nobody can any more who entered before.

        :return: the place of the run that has claimed what follows the position, if one has.
        """

    def holder(self) -> str | None:
        """Return the place of the run that has claimed what follows the position, if one has."""

    def begins(self, spool: Path) -> bool:
        """Tell whether what a run has planned begins at the position.

        :param spool: the run's, which holds what it has planned.
        """

    def claim(self, spool: Path, place: str) -> None:
        """Write down that a run has planned what follows the position.

        :param place: of the run.
        """

    def advance(self, spool: Path) -> None:
        """Move the position past what a run has planned, which nobody claims then."""

    def close(self) -> None:
        """Leave the broker."""

    def lost(self) -> str:
        """Return what to do when the run that claims what follows is gone for good, in words."""


class StreamBacklog(Protocol):
    """What a job has not taken from its stream yet.

    :raises SourceError: from every method, when the broker does not do what is asked.
    """

    def ready(self) -> dict[str, Any] | None:
        """Return up to where a run would take messages now; None while none is due."""

    def close(self) -> None:
        """Leave the broker."""
