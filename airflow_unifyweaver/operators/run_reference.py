"""Which run and shard a task instance works on, kept where Airflow keeps it from one try to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import RunChangedError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan

if TYPE_CHECKING:
    from airflow.sdk.execution_time.context import TaskStateStoreAccessor
    from pydantic import JsonValue

KEY = "unifyweaver"


class RunReference:
    """The reference to a run that a task instance keeps; people and scripts read it too, to find the run.

    :param store: the task instance's own.
    :param run: the run that the job and the configuration lead to now.
    :param shard: number of the shard.
    """

    def __init__(self, store: TaskStateStoreAccessor, run: RunDirectory, shard: int) -> None:
        self._store = store
        self._run = run
        self._reference: dict[str, JsonValue] = {"run": run.place, "shard": shard}

    def check(self) -> None:
        """Look whether an earlier try worked elsewhere, while there is nothing to work on here.

        :raises RunChangedError: naming both places.
        """
        known = self._store.get(KEY)
        if isinstance(known, dict) and known != self._reference and Plan.load(self._run) is None:
            raise RunChangedError(
                f"{self._run.place}: there is no plan here, and the last try worked in {known['run']}: the storage or "
                "the job's name has changed since; restore it, or begin anew"
            )

    def write(self) -> None:
        """Keep the reference."""
        self._store.set(KEY, self._reference)
