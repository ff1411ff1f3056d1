"""Tells Airflow that a run over a stream is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.job.model import BatchJob

if TYPE_CHECKING:
    from airflow_unifyweaver.sources.stream import StreamBacklog

LOOK_SECONDS = 0.5
"""How long to wait from one look at the broker to the next."""
FAILED_SECONDS = 10.0
"""How long to wait after a look that failed."""


class StreamTrigger(BaseEventTrigger):
    """Fires when a run over a stream is due: a window of time is over, or there is a whole batch.

    It waits while a run of the DAG is active, or about to be, so that runs do not pile up: the next one takes all that
    has come by then. It does not fire twice for the same messages; where a run of them failed, it waits for more.

    :param job: the fields of the job.
    :param dag_id: the DAG whose runs take the messages.
    """

    def __init__(self, job: dict[str, Any], dag_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.job = job
        self.dag_id = dag_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes the trigger anew."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"job": self.job, "dag_id": self.dag_id}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the broker again and again; whatever it answers, this goes on."""
        fired = backlog = None
        try:
            while True:
                try:
                    backlog = backlog or await sync_to_async(self._backlog)()
                    ready = await asyncio.to_thread(backlog.ready)
                except UnifyWeaverError as error:
                    self.log.error("%s: %s", self.dag_id, error)  # noqa: TRY400 - the message alone says it all
                    await asyncio.sleep(FAILED_SECONDS)
                    continue
                if ready is not None and ready != fired and not await sync_to_async(self._active_runs)():
                    fired = ready
                    yield TriggerEvent({"job": self.job["name"], **ready})  # type: ignore[no-untyped-call]
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if backlog is not None:
                await asyncio.to_thread(backlog.close)

    def _backlog(self) -> StreamBacklog:
        from airflow_unifyweaver.hooks.stream import broker_address
        from airflow_unifyweaver.sources.registry import backlog_of

        job = BatchJob.from_dict(self.job)
        return backlog_of(job, broker_address(job))

    def _active_runs(self) -> int:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        return RuntimeTaskInstance.get_dr_count(self.dag_id, states=["queued", "running"])
