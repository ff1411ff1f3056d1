"""How the source is cut into batches."""

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.part import Part, given
from airflow_unifyweaver.job.values import Delay, PositiveCount, Seconds, Text, wanted

WINDOW_COLUMN = "batch.batch_window.column"
"""The field that names the column with the time of each record."""
LATENESS = "batch.batch_window.lateness"
"""The field that says how long a window waits for late messages."""

Column = Annotated[PositiveCount | Text, wanted("the number of a column, from 1, or its name")]
_WindowSeconds = Annotated[
    float,
    Strict(),
    Field(ge=1e-6, allow_inf_nan=False),
    wanted("a number of seconds, a millionth or more"),
]


class Window(Part):
    """A span of time that makes a batch. Spans are aligned to the epoch, 1970-01-01T00:00:00 UTC."""

    seconds: _WindowSeconds = Field(description="Length of the window in seconds.")
    column: Column | None = Field(
        default=None,
        description="Column with the time of each record: ISO 8601 (in UTC if it names no zone), or seconds since the "
        "epoch. Its number from 1, or its name; see batch_key. Messages of a stream go by the broker's time when "
        "this is absent.",
    )
    lateness: Delay | None = Field(
        default=None,
        description="How long a window of a column is waited for after its end, in seconds, so that what comes late is "
        "still in it; for messages of Kafka. If absent, a run takes what has come, and what comes late is in a "
        "later one.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lateness is not None and self.column is None:
            raise ValueError("lateness: by the broker's time nothing is late; name the column with the time as well")
        return self


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

    batch_size: PositiveCount | None = Field(
        default=None, description="Records in a batch; with batch_key, the most that small keys are put together to."
    )
    batch_bytes: PositiveCount | None = Field(
        default=None,
        description="Bytes in a batch, rounded to whole records; with batch_key, the most that small keys are put "
        "together to.",
    )
    batch_window: Window | None = Field(default=None, description="Span of time that makes a batch.")
    batch_key: Column | None = Field(
        default=None,
        description="Column whose equal values make a batch: its number from 1, or its name. Lines are split into "
        "columns at white space.",
    )
    adaptive: Adaptive | None = Field(
        default=None,
        description="Size batches by how long they take: small ones first, or such as an earlier run of the job had.",
    )
    max_batch_memory: PositiveCount | None = Field(
        default=None,
        description="Most memory of a worker, with all that it starts, in bytes resident. Batches of no given size are "
        "made to fit.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = ("batch_size", "batch_bytes", "batch_window", "batch_key", "adaptive")
        found = given(self, names)
        if len(found) > 1 and found not in (["batch_size", "batch_key"], ["batch_bytes", "batch_key"]):
            raise ValueError(
                f"give at most one of {', '.join(names)}; got {' and '.join(found)} "
                "(only batch_key may have batch_size or batch_bytes beside it)"
            )
        return self

    def waiting_window(self) -> Window | None:
        """Return the windows of time, when late messages are waited for."""
        window = self.batch_window
        return window if window is not None and window.lateness is not None else None

    def columns(self) -> dict[str, int | str | None]:
        """Return the columns that decide which records go together, each with the field that names it."""
        columns: dict[str, int | str | None] = {}
        if self.batch_key is not None:
            columns["batch.batch_key"] = self.batch_key
        if self.batch_window is not None:
            columns[WINDOW_COLUMN] = self.batch_window.column
        return columns
