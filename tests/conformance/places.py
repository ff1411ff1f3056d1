"""Where conformance jobs run: the backends of one machine, and those of clusters in each of their kinds."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A backend, and what a job says to get it in one of its kinds.

    :param backend: its name.
    :param service: name of the fixture of the cluster that this process becomes a client of, where there is one.
    :param options: what a job says in ``parallel``, given the cluster.
    :param spared: why it does not get all cases, but only those of ``lines``.
    """

    backend: str
    service: str | None = None
    options: Callable = lambda _: {}
    spared: str | None = None


LOCAL = {name: Place(name) for name in ("sequential", "bash_fork", "gnu_parallel")}
CLUSTERS = {
    "dask threads": Place("dask", options=lambda _: {"dask": {"scheduler": "threads"}}),
    "dask processes": Place("dask", options=lambda _: {"dask": {"scheduler": "processes"}}),
    "dask distributed": Place("dask", "started_dask", lambda dask: {"dask": {"address": dask.address}}),
    "spark local": Place("spark", "started_spark", lambda _: {"spark": {"master": "local[2]"}}),
    "spark standalone": Place("spark", "started_spark", lambda spark: {"spark": {"master": spark.master_url}}),
    "spark on yarn": Place(
        "spark",
        "started_spark_on_yarn",
        lambda _: {"spark": {"master": "yarn"}},
        spared="it differs from the standalone cluster in who starts executors, and costs half a minute",
    ),
    "hadoop_streaming": Place("hadoop_streaming", "started_yarn"),
}
PLACES = LOCAL | CLUSTERS
"""All of them. There is no case that cannot be run at one of them."""
