"""The envelope in which events go to brokers: CloudEvents 1.0 in its JSON format, structured mode."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent

TYPE_PREFIX = "unifyweaver."
"""Stands before the type of an event in its envelope."""
PATIENCE_SECONDS = 60.0
"""How long an event waits for a broker that is away before it is given up."""


def cloud_event(event: Event, job: str) -> CloudEvent:
    """Put an event into its envelope. An event that is sent again has the same ``id``.

    :param job: name of the job, which goes into the event as well.
    """
    from cloudevents.core.v1.event import CloudEvent

    source = event_source(job, event.run_id, event.shard)
    attributes = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, source + event.to_line().decode())),
        "source": source,
        "type": TYPE_PREFIX + event.event_type,
        "time": datetime.fromisoformat(event.timestamp),
        "datacontenttype": "application/json",
    }
    if event.batch_id is not None:
        attributes["subject"] = event.batch_id
    return CloudEvent(attributes, event.to_dict() | {"job": job})


def event_source(job: str, run_id: str, shard: int) -> str:
    """Return what the envelope calls the shard that events come from: a path."""
    return f"/unifyweaver/{quote(job, safe='')}/{quote(run_id, safe='')}/{shard}"


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Say which extra of this package brings a library that is imported.

    :raises JobError: when it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise JobError(
            f"on_event: {extra} needs {error.name}, which is not installed; pip install 'airflow-unifyweaver[{extra}]'"
        ) from None
