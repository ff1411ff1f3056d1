"""The sequential backend: one slot, one batch at a time, in order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from airflow_unifyweaver.backends import slot
from airflow_unifyweaver.backends.nursery import Nursery
from airflow_unifyweaver.backends.slot_backend import Launcher, SlotBackend
from airflow_unifyweaver.run.backend import SlotSettings, WorkerSpec


class SequentialBackend(SlotBackend):
    """Works in one forked slot, so that timeouts and crashes of work mean here what they mean everywhere."""

    name = "sequential"

    @classmethod
    def unusable(cls) -> str | None:
        """Usable on every machine."""
        return None

    def init(self, spec: WorkerSpec, settings: SlotSettings) -> None:
        """Start the one slot, however many workers the job asks other backends for."""
        super().init(spec, replace(settings, workers=1))

    def launcher(self, address: str, spec: WorkerSpec, settings: SlotSettings) -> Launcher:  # noqa: ARG002
        """Return what forks the slot."""
        return Nursery(partial(slot.main, address))
