"""How what a process does on a shard outlasts its machine. In a directory that others see it does so by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_unifyweaver.run.backend import Backend
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Shard


class Checkpoints:
    """Those of a shard in a directory that others see: there is nothing to be done."""

    def fetch(self) -> None:
        """Bring the local journal to where the shard is."""

    def take_over(self, shard: Shard) -> bool:  # noqa: ARG002
        """Be the one who works on the shard from here on, and get what that takes.

        :return: whether that is so; if not, another process has written more to the journal, which is fetched.
        """
        return True

    @contextmanager
    def sent_while(self, backend: Backend) -> Iterator[Backend]:
        """Send what is written, regularly and in the end.

        :return: the backend to work with, which raises when that is no longer possible.
        """
        yield backend

    def send(self) -> None:
        """Send what is written."""


def checkpoints_of(run: RunDirectory, number: int) -> Checkpoints:
    """Return the checkpoints of a shard; its lock is held when they are used."""
    if run.url is None:
        return Checkpoints()
    from airflow_unifyweaver.run.remote.checkpoints import RemoteCheckpoints

    return RemoteCheckpoints(run, number)
