"""A shard on a worker of a cluster: a process of its own, which ends with the worker that started it."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.backends.cluster import ATTEMPTS
from airflow_unifyweaver.backends.nursery import killed_or_exited
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.parent_death import end_with_parent
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import HeldError
from airflow_unifyweaver.run.remote.pieces import TakenOverError
from airflow_unifyweaver.run.remote.plans import fetch_plan
from airflow_unifyweaver.run.shard_work import ShardWork, work_on

CHECK_SECONDS = 0.5
"""How often to look whether to stop, and whether the process is gone that had the shard before."""

URL_CHECK_SECONDS = 2.0
"""How often to look at a URL whether to stop."""
TAKEN_OVER = 3
"""Exit code of a process that another one took the shard over from, which has lost sight of it; that one goes on."""

log = logging.getLogger(__name__)


def run_shard(reference: str) -> None:
    """Work on a shard until something came of it; this is what a cluster calls on one of its workers.

    :param reference: path or URL of the shard's work.
    """
    placement = Placement.at(reference)
    code = 0
    for _ in range(ATTEMPTS):
        if code == TAKEN_OVER or placement.is_over:
            return
        code = _attempt(placement)
    if code != TAKEN_OVER and not placement.is_over:
        how = f"its process on {socket.gethostname()} was {killed_or_exited(code)}"
        if code > 0:
            how = f"its process on {socket.gethostname()} {killed_or_exited(code)}, and the worker's log tells why"
        placement.write_outcome(
            BackendError(f"shard {placement.shard}: {how}; it was started {ATTEMPTS} times, and a resume tries again")
        )


def main(reference: str, parent: int) -> int:
    """Work on a shard once, and write down what came of it.

    :param reference: path or URL of the shard's work.
    :param parent: id of the process to end with.
    :return: 0, or :data:`TAKEN_OVER`.
    """
    set_apart(parent)
    try:
        while not attempt(Placement.at(reference)):
            # Where the cluster has lost sight of a worker, the process there may go on: what it commits is kept.
            time.sleep(CHECK_SECONDS)
    except TakenOverError as error:
        log.warning("%s", error)
        return TAKEN_OVER
    return 0


def set_apart(parent: int) -> None:
    """Make this process one that works on shards.

    :param parent: id of the process to end with.
    """
    end_with_parent()
    if os.getppid() != parent:  # it is gone already
        sys.exit(1)
    os.dup2(2, 1)  # a worker's standard output may be what its engine talks through


def attempt(placement: Placement) -> bool:
    """Work on a shard, and write down what came of it; return False when another process is at it.

    :raises TakenOverError: when another process has taken it over.
    """
    try:
        placement.write_outcome(_work_on(placement.read_work()))
    except HeldError:
        return False
    except TakenOverError:
        raise
    except UnifyWeaverError as error:
        placement.write_outcome(error)
    except Exception as error:
        traceback.print_exc()
        where = f"shard {placement.shard} on {socket.gethostname()}"
        placement.write_outcome(BackendError(f"{where}: {type(error).__name__}: {error}"))
    return True


def _attempt(placement: Placement) -> int:
    command = [sys.executable, "-m", __name__, placement.reference, str(os.getpid())]
    seconds = CHECK_SECONDS if placement.url is None else URL_CHECK_SECONDS
    # Its own session: what interrupts the terminal is for the process that waits there, which sees to the shards.
    with subprocess.Popen(command, start_new_session=True) as process:  # noqa: S603
        try:
            while not placement.is_cancelled:
                try:
                    return process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    return process.returncode


def _work_on(work: ShardWork) -> ShardSummary:
    fetch_plan(work.run)
    summary = work_on(work, BashForkBackend(), _no_handlers)
    if work.run.url is not None:  # nobody looks here for the results
        shutil.rmtree(work.run.shard(work.spec.shard).segments, ignore_errors=True)
    return summary


@contextmanager
def _no_handlers() -> Iterator[Bus]:
    """Run a bus without handlers: they are where the run was started, and hear of the shard by its journal."""
    yield Bus()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
