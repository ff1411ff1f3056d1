"""The failure handler: at the end of a shard, one summary of what failed instead of a line for each."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping

from airflow_unifyweaver import words
from airflow_unifyweaver.events.schema import Event, EventType

log = logging.getLogger("airflow_unifyweaver.batches")

FAILURE_TOPICS = (EventType.BATCH_FAILED, EventType.BATCH_COMPLETE)
CAUSES = 10
"""So many causes are shown, the most frequent ones first."""
EXAMPLES = 3
"""So many batches are named for each cause."""


class FailureSummary:
    """Remembers which batches failed, and why; a batch that is committed in a later attempt is forgotten."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        if event.batch_id is None:
            return
        if event.event_type == EventType.BATCH_FAILED:
            self._errors[event.batch_id] = event.payload["error"]
        else:
            self._errors.pop(event.batch_id, None)

    def report(self, shard: int) -> None:
        """Log the summary of a shard that came to its end, unless nothing failed."""
        if self._errors:
            lines = "\n  ".join(causes(self._errors))
            log.warning("shard %d: %s failed:\n  %s", shard, words.batches(len(self._errors)), lines)


def causes(errors: Mapping[str, str]) -> list[str]:
    """Return why batches failed, one line a cause: how many, the error, and some of the batches.

    :param errors: why each failed.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for batch, error in errors.items():
        found[error].append(batch)
    ranked = sorted(found.items(), key=lambda cause: -len(cause[1]))
    lines = [f"{len(names)} x {error} ({_some(names)})" for error, names in ranked[:CAUSES]]
    rest = sum(len(names) for _, names in ranked[CAUSES:])
    return [*lines, f"{rest} x other errors"] if rest else lines


def _some(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:EXAMPLES])
    return f"{shown} and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else shown
