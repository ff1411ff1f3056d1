"""The bash_fork backend: persistent slots forked on this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends import slot
from airflow_unifyweaver.backends.nursery import Nursery
from airflow_unifyweaver.backends.slot_backend import Launcher, SlotBackend
from airflow_unifyweaver.run.backend import SlotSettings, WorkerSpec

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel


class BashForkBackend(SlotBackend):
    """Forks ``parallel.workers`` slots, which start with all that is imported already."""

    name = "bash_fork"

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Usable on every machine."""
        return None

    def launcher(self, address: str, spec: WorkerSpec, settings: SlotSettings) -> Launcher:  # noqa: ARG002
        """Return what forks the slots."""
        return Nursery(partial(slot.main, address))
