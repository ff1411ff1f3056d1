"""The bash_fork backend: persistent slots forked on this machine."""

from __future__ import annotations

from functools import partial

from airflow_unifyweaver.backends import slot
from airflow_unifyweaver.backends.nursery import Nursery
from airflow_unifyweaver.backends.slot_backend import Launcher, SlotBackend
from airflow_unifyweaver.run.backend import SlotSettings, WorkerSpec


class BashForkBackend(SlotBackend):
    """Forks ``parallel.workers`` slots, which start with all that is imported already."""

    name = "bash_fork"

    @classmethod
    def unusable(cls) -> str | None:
        """Usable on every machine."""
        return None

    def launcher(self, address: str, spec: WorkerSpec, settings: SlotSettings) -> Launcher:  # noqa: ARG002
        """Return what forks the slots."""
        return Nursery(partial(slot.main, address))
