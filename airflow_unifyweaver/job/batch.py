"""How the source is cut into batches."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from airflow_unifyweaver.job.part import Part, given
from airflow_unifyweaver.job.values import PositiveCount, Seconds, Text, wanted

_Key = Annotated[PositiveCount | Text, wanted("the number of a column, from 1, or its name")]


class Window(Part):
    """A span of time that makes a batch."""

    seconds: Seconds = Field(description="Length of the window in seconds.")


class Adaptive(Part):
    """Batches sized while the job runs, by how long those before them took."""

    target_seconds: Seconds = Field(
        default=1.0,
        description="How long a batch should take, in seconds. Batches are shorter towards the end, where the workers "
        "would otherwise wait for the last one, and longer where most of that time would go into what every batch "
        "costs whatever its size.",
    )


class Batch(Part):
    """How to cut: by one measure at most; by a size fitting the source and the workers when none is given."""

    batch_size: PositiveCount | None = Field(default=None, description="Records in a batch.")
    batch_bytes: PositiveCount | None = Field(default=None, description="Bytes in a batch, rounded to whole records.")
    batch_window: Window | None = Field(default=None, description="Span of time that makes a batch.")
    batch_key: _Key | None = Field(default=None, description="Column whose equal values make a batch.")
    adaptive: Adaptive | None = Field(
        default=None,
        description="Size batches by how long they take: small ones first, or such as an earlier run of the job had.",
    )
    max_batch_memory: PositiveCount | None = Field(
        default=None,
        description="Most memory of a worker, with all that it starts, in bytes resident.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = ("batch_size", "batch_bytes", "batch_window", "batch_key", "adaptive")
        found = given(self, names)
        if len(found) > 1:
            raise ValueError(f"give at most one of {', '.join(names)}; got {' and '.join(found)}")
        return self
