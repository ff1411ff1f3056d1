"""Options that only one backend reads, in a table under the backend's name."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import PositiveCount, Text, TextList

# GNU Parallel takes any unambiguous beginning of a long option, and bundles short ones (-kj4).
_RESERVED_LONG = (
    *("--jobs", "--max-procs", "--pipe", "--spreadstdin", "--pipepart", "--pipe-part"),
    *("--ungroup", "--arg-file", "--joblog"),
)
_RESERVED_OF_HADOOP = ("-input", "-inputformat", "-output", "-mapper", "-reducer", "-combiner", "-archives")
_RESERVED_SHORT = re.compile(r"-[0kmqrtvxX]*[jPua]")


def _is_reserved(option: str) -> bool:
    name = option.partition("=")[0]
    if name.startswith("--"):
        return len(name) > 2 and any(long.startswith(name) for long in _RESERVED_LONG)
    return _RESERVED_SHORT.match(option) is not None


def _refuse_reserved_of_hadoop(options: tuple[str, ...]) -> tuple[str, ...]:
    reserved = [option for option in options if option in _RESERVED_OF_HADOOP]
    if reserved:
        raise ValueError(f"{' '.join(reserved)} is set by the backend itself")
    return options


def _refuse_reserved(options: tuple[str, ...]) -> tuple[str, ...]:
    reserved = [option for option in options if _is_reserved(option)]
    if reserved:
        raise ValueError(f"{' '.join(reserved)} is set by the backend itself; parallel.workers sets the number of jobs")
    return options


class GnuParallelOptions(Part):
    """Options of the gnu_parallel backend."""

    options: Annotated[TextList, AfterValidator(_refuse_reserved)] = Field(
        default=(), description="More command line options for GNU Parallel, such as --nice or --memfree."
    )


class DaskOptions(Part):
    """Options of the dask backend."""

    scheduler: Literal["processes", "threads", "synchronous", "distributed"] | None = Field(
        default=None, description="Which of Dask's schedulers places shards; threads, or with an address distributed."
    )
    address: Text | None = Field(default=None, description="Address of a running Dask scheduler.")

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.address and self.scheduler not in (None, "distributed"):
            raise ValueError(f"address is for the scheduler distributed; with {self.scheduler}, give none")
        return self


_MASTER = re.compile(r"local(\[(\d+|\*)\])?|yarn|spark://[^\s,/]+:\d+(,[^\s,/]+:\d+)*")


def _check_master(master: str) -> str:
    if not _MASTER.fullmatch(master):
        raise ValueError(f"{master} is no master of Spark; it is local[n], spark://host:port or yarn")
    return master


class SparkOptions(Part):
    """Options of the spark backend."""

    master: Annotated[Text, AfterValidator(_check_master)] | None = Field(
        default=None,
        description="Where the executors are: local[n] for n workers on this machine, spark://host:port for a "
        "standalone cluster, yarn; when it is not given, parallel.workers on this machine.",
    )
    executor_memory: Text | None = Field(default=None, description="Memory of an executor, such as 4g.")
    driver_memory: Text | None = Field(default=None, description="Memory of the driver, such as 2g.")
    num_executors: PositiveCount | None = Field(
        default=None, description="Number of executors, which share parallel.workers cores."
    )
    packages: TextList = Field(default=(), description="Maven coordinates of packages that the executors need.")


class HadoopStreamingOptions(Part):
    """Options of the hadoop_streaming backend."""

    hadoop_opts: Annotated[TextList, AfterValidator(_refuse_reserved_of_hadoop)] = Field(
        default=(),
        description="More command line options for Hadoop streaming, such as -D or -cmdenv; generic ones first.",
    )
