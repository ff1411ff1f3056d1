"""The dask backend: shards as tasks of Dask, on this machine or on a cluster."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.backends.cluster import ATTEMPTS, ClusterBackend
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.exceptions import BackendError

if TYPE_CHECKING:
    from airflow_unifyweaver.job.backend_options import DaskOptions
    from airflow_unifyweaver.job.parallel import Parallel

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""


class DaskBackend(ClusterBackend):
    """Runs shards by one of Dask's schedulers. Only references to them go through it."""

    name = "dask"

    def __init__(self) -> None:
        self._open: list[Any] = []

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:
        """Tell whether what the job asks for is installed."""
        needed = "distributed" if scheduler_of(parallel.dask) == "distributed" else "dask"
        if importlib.util.find_spec(needed) is None:
            return f"{needed} is not installed; pip install 'airflow-unifyweaver[dask]'"
        return None

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards."""
        scheduler = scheduler_of(parallel.dask)
        if scheduler == "distributed":
            client = self._client(parallel.dask.address, workers)
            client.gather(client.map(run_shard, references, pure=False, retries=ATTEMPTS - 1))
        else:
            _run_here(references, scheduler, workers)

    def close(self) -> None:
        """Close the client, and the cluster if it is our own."""
        while self._open:
            self._open.pop().close()

    def _client(self, address: str | None, workers: int) -> Any:
        from distributed import Client, LocalCluster

        logging.getLogger("distributed").setLevel(logging.WARNING)  # it tells of every connection
        if address is None:
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            self._open.append(cluster)
        try:
            client = Client(address or cluster, timeout=CONNECT_SECONDS)
        except OSError as error:
            raise BackendError(
                f"dask: the scheduler at {address} (parallel.dask.address) does not answer: {error}"
            ) from error
        self._open.append(client)
        return client


def scheduler_of(options: DaskOptions) -> str:
    """Return which of Dask's schedulers a job asks for: with an address, the one there."""
    return options.scheduler or ("distributed" if options.address else "processes")


def _run_here(references: Sequence[str], scheduler: str, workers: int) -> None:
    import dask

    tasks = [dask.delayed(run_shard, pure=False)(reference) for reference in references]
    dask.compute(*tasks, scheduler=scheduler, num_workers=workers)
