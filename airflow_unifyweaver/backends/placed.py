"""A shard on a worker of a cluster: a process of its own, which ends with the worker that started it."""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.backends.cluster import Reference
from airflow_unifyweaver.backends.nursery import describe_exit
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import UnifyWeaverError
from airflow_unifyweaver.run.lock import HeldError
from airflow_unifyweaver.run.shard_work import ShardWork, work_on

LOCK_SECONDS = 30.0
"""How long to wait for a process to end that had the shard before, on a worker that the cluster has lost."""
CANCEL_CHECK_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


def run_shard(reference: Reference) -> str:
    """Work on a shard; this is what a cluster calls on one of its workers.

    :return: the summary as JSON, or the error that it ended in, for
        :func:`~airflow_unifyweaver.backends.cluster.summary_of`.
    :raises RuntimeError: when its process died, which is for the cluster to mend: it starts the shard again.
    """
    command = [sys.executable, "-m", "airflow_unifyweaver.backends.placed", reference.work]
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=_end_with_parent) as process:  # noqa: PLW1509, S603
        while process.poll() is None:
            if Path(reference.cancelled).exists():
                process.kill()
            try:
                process.wait(CANCEL_CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        outcome = process.stdout.read().decode() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{reference.work}: the process at work on this shard {describe_exit(process.returncode)}")
    return outcome


def main(path: str) -> None:
    """Work on the shard whose work stands in a file, and print what came of it."""
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        with Path(path).open("rb") as file:
            output.write(json.dumps(_outcome(file)).encode())


def _outcome(file: BinaryIO) -> dict[str, object]:
    sys.path += [path for path in pickle.load(file) if path not in sys.path]  # noqa: S301 - the run's own
    work: ShardWork = pickle.load(file)  # noqa: S301
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return asdict(work_on(work, BashForkBackend(), _no_handlers))
        except HeldError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(CANCEL_CHECK_SECONDS)
        except UnifyWeaverError as error:
            return {"error": type(error).__name__, "message": str(error)}


@contextmanager
def _no_handlers() -> Iterator[Bus]:
    """Run a bus without handlers: they are where the run was started, and hear of the shard by its journal."""
    yield Bus()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
