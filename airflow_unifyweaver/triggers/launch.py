"""Waits in Airflow's triggerer for shards on a cluster, so that their task holds no worker slot."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_unifyweaver.backends.launch import ATTEND_SECONDS, Launch
from airflow_unifyweaver.exceptions import RunError

log = logging.getLogger(__name__)


class LaunchTrigger(BaseTrigger):
    """Fires when a launch has ended. When its task instance is cleared, marked or removed, the launch is cancelled.

    It goes on over restarts of the triggerer, and so does the launch.

    :param launch: path or URL of the launch's folder in the run's directory, which the triggerer has to see.
    """

    def __init__(self, launch: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.launch = launch

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes the trigger anew."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"launch": self.launch}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; files are looked at on threads, as shared folders may be slow to answer."""
        launch = Launch.at(self.launch)
        if not await asyncio.to_thread(_answer, lambda: launch.exists):
            where = f"the triggerer on {socket.gethostname()}"
            yield _event(error=f"{self.launch}: {where} does not see the run's directory; let it, as workers do")
            return
        while await asyncio.to_thread(_answer, launch.attend):
            await asyncio.sleep(ATTEND_SECONDS)
        yield _event(launch=self.launch)

    async def on_kill(self) -> None:
        """Cancel the launch, unless the task instance still waits for it: by another triggerer then."""
        if await sync_to_async(self._task_state)() != "deferred":
            await asyncio.to_thread(Launch.at(self.launch).cancel)

    def _task_state(self) -> str | None:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        instance = self.task_instance
        if instance is None:
            return None
        found = RuntimeTaskInstance.get_task_states(
            dag_id=instance.dag_id,
            task_ids=[instance.task_id],
            run_ids=[instance.run_id],
            map_index=instance.map_index,
        )
        return next(iter(found.get(instance.run_id, {}).values()), None)


def _answer(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except RunError as error:  # for as long as it takes: the launch ends itself when it hears from nobody
        log.warning("%s; it is asked again", error)
        return True


def _event(**facts: str) -> TriggerEvent:
    return TriggerEvent(facts)  # type: ignore[no-untyped-call]
