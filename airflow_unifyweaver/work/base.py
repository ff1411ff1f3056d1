"""What work is to the rest of the package: one batch in, results out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from airflow_unifyweaver.sources.base import Batch


class Work(Protocol):
    """Runs on batches in a worker. Picklable, and cheap to build."""

    def prepare(self) -> None:
        """Do what need not be done for each batch, and is not to be measured as part of the first one."""

    def run(self, batch: Batch) -> Iterable[Any]:
        """Work on one batch.

        :raises WorkError: when the batch failed; whatever else user code raises counts as a failure too.
        """

    def fingerprint(self) -> str:
        """Return a text that changes when the work does, so that a resume can refuse changed work."""
