"""A shard on a worker of a cluster: a process of its own, which ends with the worker that started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.backends.cluster import ATTEMPTS
from airflow_unifyweaver.backends.nursery import describe_exit
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.processes import end_with_parent
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import HeldError
from airflow_unifyweaver.run.shard_work import ShardWork, work_on

CHECK_SECONDS = 0.5
"""How often to look whether to stop, and whether the process is gone that had the shard before."""


def run_shard(reference: str) -> None:
    """Work on a shard until something came of it; this is what a cluster calls on one of its workers.

    :param reference: path of the shard's work.
    """
    placement = Placement(Path(reference))
    code = 0
    for _ in range(ATTEMPTS):
        if placement.is_over:
            return
        code = _attempt(placement)
    if not placement.is_over:
        how = f"its process on {socket.gethostname()} was {describe_exit(code)}"
        if code > 0:
            how = f"its process on {socket.gethostname()} {describe_exit(code)}, and the worker's log tells why"
        placement.write_outcome(
            BackendError(f"shard {placement.shard}: {how}; it was started {ATTEMPTS} times, and a resume tries again")
        )


def main(reference: str, parent: int) -> None:
    """Work on a shard once, and write down what came of it.

    :param reference: path of the shard's work.
    :param parent: id of the process to end with.
    """
    _end_with(parent)
    os.dup2(2, 1)  # a worker's standard output may be what its engine talks through
    placement = Placement(Path(reference))
    try:
        placement.write_outcome(_work_on(placement.read_work()))
    except UnifyWeaverError as error:
        placement.write_outcome(error)
    except Exception as error:
        traceback.print_exc()
        where = f"shard {placement.shard} on {socket.gethostname()}"
        placement.write_outcome(BackendError(f"{where}: {type(error).__name__}: {error}"))


def _attempt(placement: Placement) -> int:
    command = [sys.executable, "-m", __name__, str(placement.path), str(os.getpid())]
    # Its own session: what interrupts the terminal is for the process that waits there, which sees to the shards.
    with subprocess.Popen(command, start_new_session=True) as process:  # noqa: S603
        try:
            while not placement.is_cancelled:
                try:
                    return process.wait(CHECK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    return process.returncode


def _work_on(work: ShardWork) -> ShardSummary:
    while True:
        try:
            return work_on(work, BashForkBackend(), _no_handlers)
        except HeldError:
            # Where the cluster has lost sight of a worker, the process there may go on: what it commits is kept.
            time.sleep(CHECK_SECONDS)


@contextmanager
def _no_handlers() -> Iterator[Bus]:
    """Run a bus without handlers: they are where the run was started, and hear of the shard by its journal."""
    yield Bus()


def _end_with(parent: int) -> None:
    end_with_parent()
    if os.getppid() != parent:  # it is gone already
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
