"""Elastic workers: as many as there is something to do for, between two numbers."""

from typing import Self

from pydantic import Field, model_validator

from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import PositiveCount


class WorkerRange(Part):
    """How many workers there may be: more are added while batches wait, and those without work end.

    Slots of this machine (bash_fork, gnu_parallel), Dask's own cluster and Spark's executors come and go; on a running
    Dask cluster and on YARN's mappers, ``max`` is how many shards are placed at a time.
    """

    min: PositiveCount = Field(default=1, description="So many are kept while there is nothing to do for them.")
    max: PositiveCount = Field(description="So many work at the same time at most.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min is {self.min}, which is above max, {self.max}")
        return self
