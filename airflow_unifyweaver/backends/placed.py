"""A shard on a worker of a cluster: a process of its own, which ends with the worker that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.backends.nursery import describe_exit
from airflow_unifyweaver.backends.placement import read_placement, write_outcome
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import HeldError
from airflow_unifyweaver.run.shard_work import ShardWork, work_on

LOCK_SECONDS = 30.0
"""How long to wait for a process to end that had the shard before, on a worker that the cluster has lost."""
CHECK_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


def run_shard(reference: str) -> None:
    """Work on a shard; this is what a cluster calls on one of its workers.

    :param reference: path of the shard's work.
    :raises RuntimeError: when its process died, which is for the cluster to mend: it starts the shard again.
    """
    cancelled = read_placement(Path(reference)).cancelled
    command = [sys.executable, "-m", "airflow_unifyweaver.backends.placed", reference]
    with subprocess.Popen(command, preexec_fn=end_with_parent) as process:  # noqa: PLW1509, S603
        while process.poll() is None:
            if cancelled.exists():
                process.kill()
            try:
                process.wait(CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    if process.returncode and not cancelled.exists():
        raise RuntimeError(f"{reference}: the process at work on this shard {describe_exit(process.returncode)}")


def main(path: str) -> None:
    """Work on the shard whose work stands in a file, and write down what came of it; an error stops all the others."""
    os.dup2(2, 1)
    placement = read_placement(Path(path))
    try:
        write_outcome(placement.work, _work_on(placement.work))
    except UnifyWeaverError as error:
        write_outcome(placement.work, error)
        placement.cancelled.touch()


def _work_on(work: ShardWork) -> ShardSummary:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return work_on(work, BashForkBackend(), _no_handlers)
        except HeldError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(CHECK_SECONDS)


@contextmanager
def _no_handlers() -> Iterator[Bus]:
    """Run a bus without handlers: they are where the run was started, and hear of the shard by its journal."""
    yield Bus()


def end_with_parent() -> None:
    """Have this process killed when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
