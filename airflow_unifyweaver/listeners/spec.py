"""Hooks that any Airflow plugin can implement to hear of batches, beside those that Airflow itself has.

.. code-block:: python

    from airflow.listeners import hookimpl
    from airflow.sdk.plugins_manager import AirflowPlugin

    class Listener:
        @hookimpl
        def on_batch_failed(self, event):
            print(event["dag_id"], event["batch_id"], event["payload"]["error"])

    class Plugin(AirflowPlugin):
        name = "batch_failures"
        listeners = [Listener()]

They are called in the process of the mapped task instance, on a thread of their own. ``event`` is the event as
``unifyweaver events`` prints it, with the DAG's ``dag_id`` added.
"""

from __future__ import annotations

from typing import Any

from pluggy import HookspecMarker

hookspec = HookspecMarker("airflow")


@hookspec
def on_batch_ready(event: dict[str, Any]) -> None:
    """Hear of a batch that waits for a worker."""


@hookspec
def on_batch_claimed(event: dict[str, Any]) -> None:
    """Hear of a worker slot that holds the lease on a batch."""


@hookspec
def on_batch_started(event: dict[str, Any]) -> None:
    """Hear of a worker that began an attempt at a batch."""


@hookspec
def on_batch_complete(event: dict[str, Any]) -> None:
    """Hear of a batch that is committed."""


@hookspec
def on_batch_failed(event: dict[str, Any]) -> None:
    """Hear of an attempt at a batch that failed."""


@hookspec
def on_batches_complete(event: dict[str, Any]) -> None:
    """Hear of a shard that was seen to its end."""
