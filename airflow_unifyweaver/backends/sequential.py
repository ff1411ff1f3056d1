"""The sequential backend: one slot, one batch at a time, in order."""

from __future__ import annotations

from dataclasses import replace

from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.run.backend import SlotSettings, WorkerSpec


class SequentialBackend(BashForkBackend):
    """Works in one forked slot, so that timeouts and crashes of work mean here what they mean everywhere."""

    name = "sequential"

    def init(self, spec: WorkerSpec, settings: SlotSettings) -> None:
        """Start the one slot, however many workers the job asks other backends for."""
        super().init(spec, replace(settings, workers=1))
