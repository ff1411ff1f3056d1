"""The process that leads a launch: it has a cluster work on shards until they are done, or it is told to end.

It is nobody's child in the long run: it goes on when the task that has begun it is deferred, or its worker killed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import NoReturn

from airflow_unifyweaver.backends import select
from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.launch import Launch, Order
from airflow_unifyweaver.backends.placement import alone, placements_in
from airflow_unifyweaver.exceptions import BackendError, RunError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import locked

CHECK_SECONDS = 0.5
"""How often to look whether to end."""
BEAT_SECONDS = 15.0
"""How often to say that it is alive, when the run is at a URL."""
END_SECONDS = 60.0
"""How long an earlier launch of the same shards may take to end, having been told so."""


def main(launch: Launch, order: Order) -> None:
    """Lead a launch, and write down what came of it."""
    backend = select.BACKENDS[order.backend]()
    if not isinstance(backend, ClusterBackend):
        raise TypeError(f"{order.backend} is no cluster")
    with locked(launch.lock):
        launch.write_status(None)
        watch = _Watch(launch, backend, order.abandoned_after)
        outcome = _lead(launch, backend, order, watch)
        was_ended = watch.is_over or launch.is_cancelled
        if isinstance(outcome, UnifyWeaverError) and was_ended:  # then that is the reason, whatever it looked like
            outcome = BackendError(
                f"{order.backend}: {watch.job or 'the job'} was cancelled{watch.why}; a retry resumes it"
            )
        launch.write_outcome(outcome)


def _lead(launch: Launch, backend: ClusterBackend, order: Order, watch: _Watch) -> ShardSummary | UnifyWeaverError:
    signal.signal(signal.SIGTERM, _end)
    watch.start()
    try:
        with alone(launch.folder, END_SECONDS):
            launch.become_last()
            placements = placements_in(launch.folder)
            return ShardSummary.total(backend.run_placed(placements, order.parallel, order.workers))
    except UnifyWeaverError as error:
        return error
    except Exception as error:
        traceback.print_exc()
        return BackendError(f"{order.backend}: {type(error).__name__}: {error}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    raise BackendError("told to end")


class _Watch(threading.Thread):
    """Looks for the order to end, and for somebody who waits; writes down the id of the job.

    :param abandoned_after: seconds after which to end when nobody waits.
    """

    def __init__(self, launch: Launch, backend: ClusterBackend, abandoned_after: float) -> None:
        super().__init__(name="watch", daemon=True)
        self.job: str | None = None
        self.is_over = False
        self.why = ""
        self._attended: bytes | None = None
        self._since = self._said = time.monotonic()
        self._launch = launch
        self._backend = backend
        self._abandoned_after = abandoned_after

    def run(self) -> None:
        """Watch until it shall end."""
        while not self._shall_end():
            time.sleep(CHECK_SECONDS)
        self.is_over = True
        os.kill(os.getpid(), signal.SIGTERM)

    def _shall_end(self) -> bool:
        with suppress(RunError):  # of a URL that does not answer just now
            self._say_so()
            if self._launch.is_cancelled:
                return True
            if (attended := self._launch.attended) != self._attended:
                self._attended, self._since = attended, time.monotonic()
        if time.monotonic() < self._since + self._abandoned_after:
            return False
        self.why = f", as no task had waited for it for {self._abandoned_after:.0f} s"
        return True

    def _say_so(self) -> None:
        job, now = self._backend.job_id(), time.monotonic()
        is_due = self._launch.folder.url is not None and now > self._said + BEAT_SECONDS
        if job != self.job or is_due:
            self.job, self._said = job, now
            self._launch.write_status(job)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    main(Launch.at(sys.argv[1]), Order.from_json(sys.stdin.buffer.read()))
