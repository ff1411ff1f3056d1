"""A launch that a process of its own leads to its end: seen, and cancelled, by its files from wherever these are seen.

Whoever waits for it writes one of them now and then; a launch that nobody waits for any more ends itself.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.backends.patience import Patience
from airflow_unifyweaver.backends.placement import cancel, outcome_from_json, outcome_to_json, write_works
from airflow_unifyweaver.exceptions import BackendError, UnifyWeaverError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.run.lock import is_locked
from airflow_unifyweaver.run.shard_work import ShardWork

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

PLACED_SECONDS = 30.0
"""How long whoever begins a launch waits until the cluster has given its job an id."""
LOOK_SECONDS = 0.2
ATTEND_SECONDS = 2.0
"""How often whoever waits shows it."""
ALIVE_SECONDS = 90.0
"""How long a driver counts as alive after it last said so, when the run is at a URL, where no lock can be seen."""
_DRIVER = "airflow_unifyweaver.backends.driver"
_CURRENT, _STATUS, _OUTCOME = "current", "driver.json", "outcome.json"
_WAITING, _DEFERRED, _ORDER_TO_END = "waiting", "deferred", "end"
_LOG_BYTES = 10_000


@dataclass(frozen=True)
class Order:
    """What the process that leads a launch is told: through a pipe, for options of a connection are nobody's business.

    :param backend: name of the cluster's backend.
    :param parallel: options of the job.
    :param workers: how many workers there shall be at most.
    :param abandoned_after: seconds after which a launch is cancelled that nobody waits for.
    """

    backend: str
    parallel: Parallel
    workers: int
    abandoned_after: float

    def to_json(self) -> bytes:
        """Return the order as JSON."""
        options = self.parallel.model_dump(mode="json", exclude_defaults=True)
        return json.dumps([self.backend, options, self.workers, self.abandoned_after]).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Order:
        """Read an order again."""
        from airflow_unifyweaver.job.parallel import Parallel

        backend, options, workers, abandoned_after = json.loads(text)
        return cls(backend, Parallel.model_validate(options), workers, abandoned_after)


@dataclass(frozen=True)
class Launch:
    """A launch of shards that has a process of its own, the driver.

    :param folder: its folder, in the run's directory or also at the run's URL.
    """

    folder: Exchange

    @classmethod
    def at(cls, address: str) -> Launch:
        """Return the launch whose folder has a path or URL."""
        return cls(Exchange.at(address))

    @classmethod
    def last(cls, launches: Exchange) -> Launch | None:
        """Return the last launch of a mapped task instance that has come to lead its shards, or None.

        :param launches: the folder of all of them.
        """
        name = launches.read(_CURRENT)
        return cls(launches.folder(name.decode())) if name is not None else None

    @property
    def address(self) -> str:
        """The path or URL of its folder."""
        return self.folder.address

    @property
    def reference(self) -> dict[str, Any]:
        """What a task has to keep in mind of it."""
        return {"launch": self.folder.path.name, "job": self.job_id}

    @property
    def is_running(self) -> bool:
        """Whether its driver is alive, on whatever machine, and nothing came of it yet."""
        status = self._status()
        if not status or self.folder.exists(_OUTCOME):
            return False
        if self.folder.url is None:
            return is_locked(self.lock)
        return bool(time.time() < status["seen"] + ALIVE_SECONDS)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to end; so it was when its folder is gone."""
        return self.folder.exists(_ORDER_TO_END) or not self.exists

    @property
    def is_deferred(self) -> bool:
        """Whether its task was deferred while it ran: the task that begins anew nevertheless was cleared."""
        return self.folder.exists(_DEFERRED)

    @property
    def exists(self) -> bool:
        """Whether its folder is seen from here."""
        return self.folder.exists(_WAITING)

    @property
    def job_id(self) -> str | None:
        """What the cluster calls its job."""
        return self._status().get("job")

    @property
    def lock(self) -> Path:
        """The file that its driver holds a lock on."""
        return self.folder.path / "lock"

    @property
    def log(self) -> Path:
        """What its driver has to say, on the driver's machine."""
        return self.folder.path / "driver.log"

    @property
    def attended(self) -> bytes | None:
        """What changes whenever somebody shows that he waits; None when the folder is gone."""
        return self.folder.read(_WAITING)

    def attend(self) -> bool:
        """Show that somebody waits, and tell whether there still is something to wait for."""
        if not self.is_running:
            return False
        self.folder.write(_WAITING, str(time.time()).encode())
        return True

    def defer(self) -> None:
        """Leave it to Airflow's triggerer to wait."""
        self.folder.write(_DEFERRED, b"")

    def wait(self) -> None:
        """Wait until it has ended.

        :raises RunError: when the run's URL has not answered for as long as a driver may be silent there.
        """
        patience = Patience(ALIVE_SECONDS)
        while patience.ask(self.attend, otherwise=True):
            attended = time.monotonic()
            while time.monotonic() < attended + ATTEND_SECONDS and not patience.ask(self._has_ended, otherwise=False):
                time.sleep(LOOK_SECONDS if self.folder.url is None else ATTEND_SECONDS)

    def cancel(self) -> None:
        """Have it end: its shards within a second, and what it has on the cluster soon after."""
        if self.exists and not self.folder.exists(_OUTCOME):
            self.folder.write(_ORDER_TO_END, b"")
            cancel(self.folder)

    def outcome(self) -> ShardSummary | UnifyWeaverError:
        """Return what came of it, now that its driver has ended."""
        known = outcome_from_json(self.folder.read(_OUTCOME))
        if known is not None:
            return known
        status = self._status()
        return BackendError(
            f"the process that led the shards on the cluster (number {status.get('pid')} on {status.get('host')}) was "
            f"killed, or could not start; {self.log} may tell more, and a retry goes on with what is not committed"
        )

    def last_words(self) -> str:
        """Return the end of what its driver had to say, where that can be seen from here."""
        return self.log.read_bytes()[-_LOG_BYTES:].decode(errors="replace").strip() if self.log.exists() else ""

    def write_status(self, job_id: str | None) -> None:
        """Write down who leads it, and as which job, and that it is alive; for its driver."""
        status = {"host": socket.gethostname(), "pid": os.getpid(), "job": job_id, "seen": time.time()}
        self.folder.write(_STATUS, json.dumps(status).encode())

    def write_outcome(self, outcome: ShardSummary | UnifyWeaverError) -> None:
        """Write down what came of it; for its driver."""
        self.folder.write(_OUTCOME, outcome_to_json(outcome))

    def become_last(self) -> None:
        """Be the one that leads its shards; for its driver."""
        self.folder.parent.write(_CURRENT, self.folder.path.name.encode())

    def _has_ended(self) -> bool:
        return self.folder.exists(_OUTCOME)

    def _status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.folder.read(_STATUS) or b"{}")
        return status


def cancel_all(launches: Exchange) -> None:
    """Have all launches of a mapped task instance end that have a driver.

    :param launches: the folder of all of them.
    """
    for folder in launches.folders():
        if folder.exists(_STATUS):
            Launch(folder).cancel()


def begin(works: Sequence[ShardWork], folder: Exchange, order: Order) -> Launch:
    """Begin a launch, and return when the cluster has a job of it, when it has ended, or when that takes long.

    Launches of the same shards that were begun before are told to end, and waited for.

    :param works: the shards.
    :param folder: the folder of the launch, which is not there yet.
    :param order: what its driver is told.
    """
    cancel_all(folder.parent)
    write_works(works, folder)
    folder.write(_WAITING, b"")
    launch = Launch(folder)
    try:
        process = _start_driver(launch, order)
        deadline = time.monotonic() + PLACED_SECONDS
        while process.poll() is None and launch.job_id is None and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    except BaseException:
        launch.cancel()
        raise
    return launch


def _start_driver(launch: Launch, order: Order) -> subprocess.Popen[bytes]:
    with launch.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", _DRIVER, launch.address],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it outlives this process
        )
    threading.Thread(target=process.wait, name="driver", daemon=True).start()  # which reaps it, should it end first
    if process.stdin is not None:
        with process.stdin as pipe:
            pipe.write(order.to_json())
    return process
