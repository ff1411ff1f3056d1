"""The dask backend: shards as tasks of Dask, on this machine or on a cluster."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.backends.cluster import ATTEMPTS, ClusterBackend
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.exceptions import BackendError

if TYPE_CHECKING:
    from airflow_unifyweaver.job.backend_options import DaskOptions
    from airflow_unifyweaver.job.parallel import Parallel

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""
SCALE_UP_SECONDS = 0.1
"""Elastic workers are added for shards that would have to wait longer than this, which is: for all."""

log = logging.getLogger(__name__)


class DaskBackend(ClusterBackend):
    """Runs shards by one of Dask's schedulers. Only references to them go through it."""

    name = "dask"

    def __init__(self) -> None:
        self._client: Any = None
        self._job_id: str | None = None

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:
        """Tell whether what the job asks for is installed."""
        needed = "distributed" if scheduler_of(parallel.dask) == "distributed" else "dask"
        if importlib.util.find_spec(needed) is None:
            return f"{needed} is not installed; pip install 'airflow-unifyweaver[dask]'"
        return None

    @classmethod
    def unasked(cls, parallel: Parallel) -> str | None:
        """Tell whether there is a scheduler to go to: on this machine alone, other backends do the same for less."""
        return None if parallel.dask.address else "no address of a scheduler is given (parallel.dask.address)"

    @classmethod
    def available(cls, parallel: Parallel) -> int | None:
        """Return how many threads the workers of the cluster have, when there is one."""
        if parallel.dask.address is None:
            return None
        with _connected(parallel.dask.address) as client:
            return sum(client.nthreads().values()) or None

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards."""
        scheduler = scheduler_of(parallel.dask)
        if scheduler != "distributed":
            _run_here(references, scheduler, workers)
        elif parallel.dask.address:
            self._run_there(references, parallel.dask.address, workers)
        else:
            with _own_cluster(parallel, workers) as cluster:
                self._run_there(references, cluster, workers)

    def job_id(self) -> str | None:
        """Return what the keys of all its tasks begin with."""
        return self._job_id

    def close(self) -> None:
        """Close the client: what waits on the cluster goes, and nothing here waits for it any more."""
        if self._client is not None:
            self._client.close()

    def _run_there(self, references: Sequence[str], cluster: Any, workers: int) -> None:
        from distributed import as_completed

        with _connected(cluster) as self._client:
            self._job_id = _name_of(references[0])
            waiting = (self._submit(reference) for reference in references)
            running = as_completed(islice(waiting, workers), loop=self._client.loop)
            for done in running:
                done.result()
                running.update(islice(waiting, 1))

    def _submit(self, reference: str) -> Any:
        key = f"{_name_of(reference)}-{Path(reference).stem}"
        return self._client.submit(run_shard, reference, key=key, retries=ATTEMPTS - 1)


def _name_of(reference: str) -> str:
    return f"unifyweaver-{Path(reference).parent.name}"


def dashboard_of(address: str) -> str:
    """Return the address of the web pages of a running scheduler.

    :raises BackendError: when it does not answer.
    """
    with _connected(address) as client:
        return str(client.dashboard_link)


def scheduler_of(options: DaskOptions) -> str:
    """Return which of Dask's schedulers a job asks for: with an address, the one there.

    Otherwise threads will do, for each shard has a process of its own anyway.
    """
    return options.scheduler or ("distributed" if options.address else "threads")


@contextmanager
def _connected(cluster: Any) -> Iterator[Any]:
    """Connect to a cluster of our own, or at an address.

    :raises BackendError: when there is no answer.
    """
    from distributed import Client
    from distributed.comm.addressing import parse_address, parse_host_port

    _be_quiet()
    try:
        if isinstance(cluster, str):  # a client that could not make sense of its address is slow to give up
            parse_host_port(parse_address(cluster)[1])
        client = Client(cluster, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BackendError(
            f"dask: the scheduler at {cluster} (parallel.dask.address) does not answer: {error}"
        ) from error
    with client:
        if not client.nthreads():
            log.warning("dask: the scheduler at %s has no workers yet; shards wait for some", cluster)
        yield client


@contextmanager
def _own_cluster(parallel: Parallel, workers: int) -> Iterator[Any]:
    """Start a cluster of threads in this process, for each shard has a process of its own anyway."""
    from distributed import LocalCluster

    least = parallel.least_workers or workers
    _be_quiet()
    options = {"processes": False, "dashboard_address": "127.0.0.1:0", "silence_logs": logging.WARNING}
    with LocalCluster(n_workers=least, threads_per_worker=1, **options) as cluster:
        if least < workers:
            cluster.adapt(minimum=least, maximum=workers, target_duration=f"{SCALE_UP_SECONDS}s")
        yield cluster


def _be_quiet() -> None:
    """Keep to oneself what Dask tells of every connection and every start."""
    logging.getLogger("distributed").setLevel(logging.WARNING)


def _run_here(references: Sequence[str], scheduler: str, workers: int) -> None:
    import dask

    tasks = [dask.delayed(run_shard, pure=False)(reference) for reference in references]
    dask.compute(*tasks, scheduler=scheduler, num_workers=workers)
