"""How the batches are worked through: on which backend, by how many workers."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.backend_options import (
    DaskOptions,
    GnuParallelOptions,
    HadoopStreamingOptions,
    SparkOptions,
)
from airflow_unifyweaver.job.part import ALL_DEFAULTS, Part, require_one
from airflow_unifyweaver.job.prices import BackendName, Prices
from airflow_unifyweaver.job.reference import FunctionReference
from airflow_unifyweaver.job.values import Flag, PositiveCount, Text, wanted
from airflow_unifyweaver.job.worker_range import WorkerRange

Backend = Literal["auto", BackendName]
Auto = Literal["auto"]
_Workers = Annotated[
    PositiveCount | Auto | WorkerRange,
    wanted("a whole number of at least 1, auto, or a range such as {min: 1, max: 8}"),
]
_MapTasks = Annotated[
    Annotated[int, Strict(), Field(ge=1, le=1024)] | Auto, wanted("a whole number from 1 to 1024, or auto")
]
_Reducers = Annotated[
    Annotated[int, Strict(), Field(ge=0, le=64)] | Auto, wanted("a whole number from 0 to 64, or auto")
]


class Priority(Part):
    """Which batches of a shard are handed out first: by exactly one measure, the highest first."""

    file: Literal["newest"] | None = Field(default=None, description="The batches of the newest file first.")
    column: Text | None = Field(default=None, description="By a column of each batch's first record.")
    function: FunctionReference | None = Field(
        default=None, description="By what a function of the batch returns, a number for instance."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "file", "column", "function")
        return self


class Parallel(Part):
    """How the batches are worked through. Only the chosen backend's table of options is read."""

    backend: Backend = Field(default="auto", description="What runs the workers; auto goes by the size of the source.")
    workers: _Workers = Field(
        default="auto",
        description="Batches worked on at the same time; auto: one a processor, or as many as the cluster has; "
        "a range: as many as there is something to do for.",
    )
    preserve_order: Flag = Field(
        default=False,
        description="Accepted for UnifyWeaver's programs, and without effect: concat always keeps the order of the "
        "source.",
    )
    priority: Priority | None = Field(default=None, description="Which batches go first; else in order of the source.")
    map_tasks: _MapTasks = Field(default="auto", description="Mapped Airflow tasks that the batches are spread over.")
    reducers: _Reducers = Field(
        default="auto",
        description="Reducers of spark or hadoop_streaming that reduce results by key; 0: they are merged when they "
        "are published, as on all other backends; auto: as many as workers when there is enough to reduce.",
    )
    strict: Flag = Field(default=False, description="Fail when the backend cannot be used, and never fall back.")
    prices: Prices | None = Field(default=None, description="What workers cost, for the estimates of unifyweaver plan.")
    gnu_parallel: GnuParallelOptions = Field(default=ALL_DEFAULTS, description="Options of gnu_parallel.")
    dask: DaskOptions = Field(default=ALL_DEFAULTS, description="Options of dask.")
    spark: SparkOptions = Field(default=ALL_DEFAULTS, description="Options of spark.")
    hadoop_streaming: HadoopStreamingOptions = Field(default=ALL_DEFAULTS, description="Options of hadoop_streaming.")

    @property
    def least_workers(self) -> int | None:
        """How many workers are kept while there is nothing to do, or None when all are."""
        return self.workers.min if isinstance(self.workers, WorkerRange) else None
