"""A sample: work is tried on a few batches, to see how long it takes; what comes of them is thrown away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.run.backend import Backend, SlotSettings, Ticket, WorkerLost, WorkerSpec
from airflow_unifyweaver.run.directory import batch_id
from airflow_unifyweaver.run.experience import Measured
from airflow_unifyweaver.sources.base import Recipe

SAMPLE_BATCHES = 4
"""So many batches are tried at least, where there are as many, and twice as many at most."""
SAMPLE_SECONDS = 30.0
"""How long all of that may take."""


class Spread:
    """Some of the batches of a plan, evenly spread over it; the plan itself is not held in memory.

    :param recipes: of all batches.
    """

    def __init__(self, recipes: Iterable[Recipe]) -> None:
        self.batches = 0
        self.kept: dict[int, Recipe] = {}
        stride = 1
        for index, recipe in enumerate(recipes):
            self.batches += 1
            if index % stride == 0:
                self.kept[index] = recipe
            if len(self.kept) > 2 * SAMPLE_BATCHES:
                stride *= 2
                self.kept = {number: kept for number, kept in self.kept.items() if number % stride == 0}

    def measure(self, backend: Backend, spec: WorkerSpec, settings: SlotSettings, size: int) -> list[Measured]:
        """Work on these batches, one after another.

        The first one counts only when it stays alone, as a worker that begins has to import what work needs.

        :param backend: not started yet; whatever happens, it is shut down.
        :param spec: of workers in a folder of nobody else's.
        :param settings: how the slots run.
        :param size: bytes of the source.
        :raises WorkError: when work fails on one, or takes too long.
        """
        measured: list[Measured] = []
        end = time.monotonic() + SAMPLE_SECONDS
        try:
            backend.init(spec, settings)
            for index, recipe in self.kept.items():
                backend.submit([Ticket(index, 1, json.dumps(recipe).encode())])
                payload = _outcome(backend, index, end)
                if payload is None:
                    break
                seconds = payload["processing_time_ms"] / 1000
                measured.append(Measured(size / self.batches, seconds, payload["length"]))
        finally:
            backend.shutdown()
        if self.kept and not measured:
            raise WorkError(f"a batch takes longer than {SAMPLE_SECONDS:g} s, too long for a sample; plan without one")
        return measured[1:] or measured


def _outcome(backend: Backend, index: int, end: float) -> dict[str, Any] | None:
    """Return the payload of a batch's commit, or None when there is none in time.

    :raises WorkError: when the batch failed.
    """
    while (left := end - time.monotonic()) > 0:
        for report in backend.wait(left):
            if isinstance(report, WorkerLost):
                raise _failed(index, report.reason)
            if isinstance(report, Event) and report.event_type == EventType.BATCH_FAILED:
                raise _failed(index, report.payload["error"])
            if isinstance(report, Event) and report.event_type == EventType.BATCH_COMPLETE:
                return report.payload
    return None


def _failed(index: int, reason: str) -> WorkError:
    return WorkError(f"{batch_id(index)}, tried as a sample, failed: {reason}")
