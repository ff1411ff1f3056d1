"""The hadoop_streaming backend: shards as mappers of a streaming job on YARN."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.cluster import ATTEMPTS, ClusterBackend
from airflow_unifyweaver.backends.hadoop_job import StreamingJob
from airflow_unifyweaver.backends.hadoop_programs import missing
from airflow_unifyweaver.backends.hadoop_task import Mapper
from airflow_unifyweaver.backends.launch import ALIVE_SECONDS
from airflow_unifyweaver.backends.patience import Patience
from airflow_unifyweaver.backends.placed import URL_CHECK_SECONDS
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.backends.plain_path import plain_path
from airflow_unifyweaver.backends.reduction import Chunk, reduction_of
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.run.plan import Plan

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

_LIB = "org.apache.hadoop.mapred.lib"
_CODE = "unifyweaver"
REDUCED_BYTES = 10 * 2**30
"""From a source of so many bytes on results by key are reduced in Hadoop when the job does not say: a reducer costs the
start of a container; see decision 0028."""


class HadoopStreamingBackend(ClusterBackend):
    """Runs shards as the mappers of a job on YARN. Only references to them go through it."""

    name = "hadoop_streaming"

    def __init__(self) -> None:
        self._job: StreamingJob | None = None

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Tell what of Hadoop is missing on this machine."""
        return missing()

    @classmethod
    def unasked(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Tell whether there is a cluster to go to."""
        return None if "HADOOP_CONF_DIR" in os.environ else "no cluster is given (HADOOP_CONF_DIR)"

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards."""
        first = Placement.at(references[0])
        folder = first.path.parent.parent / "hadoop"  # the same for all launches: an earlier one may have left its job
        folder.mkdir(exist_ok=True)
        shared = Exchange(folder, _hadoop_url(first))
        write_archive(folder / "code.zip", "airflow_unifyweaver.backends.hadoop_task")
        reduction = reduction_of(first, reducers(first, parallel), workers)
        parts = reduction.parts if reduction else 0
        number = min(workers, len(references))
        mappers = [Mapper(mapper, number, parts, tuple(references)) for mapper in range(number)]
        shared.write("mappers", "".join(mapper.to_line() for mapper in mappers).encode())
        self._job = job = StreamingJob(folder)
        job.kill_left()
        try:
            with plain_path(folder) as place:
                options = streaming_options(Exchange(place, shared.url), parallel.hadoop_streaming.hadoop_opts, mappers)
                job.run(options, order_to_stop(first))
            # A mapper of a cancelled launch emits nothing, and its shards may be finished: reducers lack what it has.
            if reduction and reduction.folder.exists() and not first.is_cancelled:
                reduction.complete()
        finally:
            shared.remove_folder("output")  # with what earlier launches have left of theirs

    def job_id(self) -> str | None:
        """Return the id of the application on YARN."""
        return None if self._job is None else self._job.application


def order_to_stop(first: Placement) -> Callable[[], bool]:
    """Return what tells whether a launch shall stop, and asks a URL now and then only.

    :param first: the first shard of the launch.
    """
    if first.url is None:
        return lambda: first.is_cancelled
    patience, is_cancelled, due = Patience(ALIVE_SECONDS), False, 0.0

    def look() -> bool:
        nonlocal is_cancelled, due
        if not is_cancelled and time.monotonic() >= due:
            is_cancelled = patience.ask(lambda: first.is_cancelled, otherwise=False)
            due = time.monotonic() + URL_CHECK_SECONDS
        return is_cancelled

    return look


def _hadoop_url(placement: Placement) -> str | None:
    """Return where the job of a run with a URL has its input and output.

    :raises BackendError: when Hadoop cannot have them there.
    """
    if placement.url is None:
        return None
    if not placement.url.startswith("hdfs://"):
        raise BackendError(
            f"hadoop_streaming: {placement.url.rsplit('/', 4)[0]}: the storage has to be on hdfs:// or a folder that "
            "all machines see; other backends take any URL"
        )
    return f"{placement.url.rsplit('/', 2)[0]}/hadoop"


def streaming_options(shared: Exchange, more: Sequence[str], mappers: Sequence[Mapper]) -> list[str]:
    """Return the options of a job.

    Its input and output are in the run's directory, or at its URL, which all workers see anyway.

    :param shared: where its code is, and the file of its mappers.
    :param more: options of the user's; what is generic among them comes first.
    :param mappers: its mappers, all of which may run at the same time. Their launch has an output of its own: Hadoop
        refuses one that is there, and a job that was killed may make its own anew while it ends.
    """
    parts = mappers[0].parts
    launch = Placement.at(mappers[0].references[0]).path.parent.name
    settings = {
        "mapreduce.framework.name": "yarn",
        "mapreduce.input.lineinputformat.linespermap": 1,
        "mapreduce.job.name": f"unifyweaver {shared.path}",
        "mapreduce.job.reduces": parts,
        "mapreduce.map.maxattempts": ATTEMPTS,
        "mapreduce.map.speculative": "false",
        "mapreduce.partition.keypartitioner.options": "-k1,1",
        "mapreduce.reduce.maxattempts": ATTEMPTS,
        "mapreduce.reduce.speculative": "false",
        "mapreduce.task.timeout": 0,  # a mapper says nothing; batches have a timeout of their own
        "stream.map.input.ignoreKey": "true",
        "stream.num.map.output.key.fields": len(Chunk._fields) - 1,
    }
    return [
        *(word for name, value in settings.items() for word in ("-D", f"{name}={value}")),
        *("-archives", f"{(shared.path / 'code.zip').as_uri()}#{_CODE}"),
        *more,
        *("-input", shared.file_url("mappers")),
        *("-inputformat", f"{_LIB}.NLineInputFormat"),
        *("-output", shared.file_url(f"output/{launch}")),
        *("-mapper", shlex.join([sys.executable, _CODE])),
        *(_reducer(mappers[0]) if parts else ()),
    ]


def reducers(first: Placement, parallel: Parallel) -> int | Literal["auto"]:
    """Return how many reducers to ask for, which has to be known before anything is committed.

    :param first: the first shard of the launch.
    :param parallel: options of the job.
    """
    if parallel.reducers != "auto" or first.url is not None:
        return parallel.reducers
    return "auto" if Plan.require(first.read_work().run).size >= REDUCED_BYTES else 0


def _reducer(mapper: Mapper) -> list[str]:
    command = shlex.join([sys.executable, _CODE, mapper.references[0], str(mapper.parts)])
    return ["-partitioner", f"{_LIB}.KeyFieldBasedPartitioner", "-reducer", command]
