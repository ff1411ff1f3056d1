"""What the payload of each type of event holds. The documents of the events are made from this; nothing runs on it."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from airflow_unifyweaver.events.schema import EventType

_Milliseconds = Annotated[float, Field(ge=0, description="How long it took, in milliseconds.")]
_Megabytes = Annotated[
    float,
    Field(ge=0, description="Peak of the worker process so far, or of a command that it ran, if that is more, in MB."),
]
_Pieces = Annotated[
    int, Field(ge=2, description="With batch.adaptive: how many pieces of the plan the batch is made of; absent: one.")
]
_Count = Annotated[int, Field(ge=0)]


class BatchReady(TypedDict):
    """The batch is about to be handed out for the first time, or waits for another attempt."""

    retry_count: NotRequired[Annotated[int, Field(ge=1, description="Attempts so far; absent the first time.")]]
    delay_seconds: NotRequired[Annotated[float, Field(ge=0, description="How long it waits; absent the first time.")]]


class BatchClaimed(TypedDict):
    """A worker slot has the lease on the batch, for this attempt."""

    pieces: NotRequired[_Pieces]


class BatchStarted(TypedDict):
    """The worker began the attempt."""


class BatchComplete(TypedDict):
    """The batch is committed, if this attempt has the lease."""

    results_count: Annotated[_Count, Field(description="Results of work, before they are combined.")]
    processing_time_ms: _Milliseconds
    memory_mb: _Megabytes
    segment: Annotated[str, Field(description="File of the shard that the results stand in.")]
    offset: Annotated[_Count, Field(description="First byte of the results in the segment.")]
    length: Annotated[_Count, Field(description="Bytes of the results in the segment.")]
    checksum: Annotated[_Count, Field(description="CRC-32 of these bytes.")]
    pieces: NotRequired[_Pieces]
    empty: NotRequired[
        Annotated[bool, Field(description="Whether the batch had no record, so that work was not run; absent: no.")]
    ]
    quarantined: NotRequired[
        Annotated[
            list[dict[str, Any]],
            Field(
                description="With failure.quarantine: record, the records that were left out, as quarantine.jsonl has "
                "them."
            ),
        ]
    ]


class BatchFailed(TypedDict):
    """An attempt failed. The coordinator says so of a worker that died, else the worker itself."""

    error: Annotated[str, Field(description="Why.")]
    retry_count: Annotated[_Count, Field(description="Attempts before this one.")]
    processing_time_ms: NotRequired[Annotated[_Milliseconds, Field(description="The same; from a worker only.")]]
    memory_mb: NotRequired[Annotated[_Megabytes, Field(description="The same; from a worker only.")]]
    killed: NotRequired[
        Annotated[
            bool,
            Field(
                description="Whether the attempt ended with its task, or with a worker that was asked to go (SIGTERM), "
                "which counts as no failure of the batch; absent: no."
            ),
        ]
    ]
    revoked: NotRequired[
        Annotated[
            bool,
            Field(
                description="Whether committed results are damaged and the batch is set back, as the publisher says; "
                "absent: no."
            ),
        ]
    ]


class BatchesComplete(TypedDict):
    """The shard is finished."""

    batches: Annotated[_Count, Field(description="Batches of the shard.")]
    completed: Annotated[_Count, Field(description="Of these, committed.")]
    failed: Annotated[_Count, Field(description="Of these, failed for good.")]
    results_count: Annotated[_Count, Field(description="Results of work, before they are combined.")]
    quarantined: Annotated[_Count, Field(description="Records that were set aside.")]
    processing_time_ms: Annotated[
        _Milliseconds, Field(description="Time of the last attempt at the shard, not the sum of its batches.")
    ]
    pieces: NotRequired[
        Annotated[_Count, Field(description="With batch.adaptive: how many pieces of the plan are committed.")]
    ]


class BackendDegraded(TypedDict):
    """A backend is not usable, and another one takes its place."""

    requested: Annotated[str, Field(description="The backend that was asked for.")]
    chosen: Annotated[str, Field(description="The one that takes its place.")]
    reason: Annotated[str, Field(description="Why.")]


PAYLOADS: dict[EventType, type] = {
    EventType.BATCH_READY: BatchReady,
    EventType.BATCH_CLAIMED: BatchClaimed,
    EventType.BATCH_STARTED: BatchStarted,
    EventType.BATCH_COMPLETE: BatchComplete,
    EventType.BATCH_FAILED: BatchFailed,
    EventType.BATCHES_COMPLETE: BatchesComplete,
    EventType.BACKEND_DEGRADED: BackendDegraded,
}
"""The payload of each type of event."""
