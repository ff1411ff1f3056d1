"""The process in a slot: connects to its coordinator, and works on tickets until there are no more."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import signal
import socket
import sys
from typing import Any

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.backend import Ticket, WorkerSpec
from airflow_unifyweaver.run.worker import Worker
from airflow_unifyweaver.settings import WORKER_VARIABLE


def main(address: str, number: int) -> None:
    """Run a slot to its end.

    :param address: name of the abstract Unix socket of the coordinator.
    :param number: the slot's number.
    """
    _set_apart(number)
    # When the coordinator is gone there is nothing to do; whoever resumes the run sees in the journal what was done.
    with contextlib.suppress(ConnectionError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect("\0" + address)
        connection.sendall(number.to_bytes(4))
        sys.path += [path for path in _receive(connection) if path not in sys.path]
        spec: WorkerSpec = _receive(connection)
        try:
            _work(connection, spec, number)
        except RunError as error:
            connection.sendall(json.dumps({"fatal": str(error)}).encode() + b"\n")


def _set_apart(number: int) -> None:
    """Become the leader of an own session, so that the slot and all that work starts can be killed as one."""
    if os.getpgrp() != os.getpid():  # GNU Parallel has made it a leader already
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ[WORKER_VARIABLE] = str(number)
    os.dup2(2, 1)  # standard output belongs to the result: what work prints goes beside it


def _work(connection: socket.socket, spec: WorkerSpec, number: int) -> None:
    worker = Worker(spec, number, connection.sendall)
    spec.work.prepare()
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    unread = b""
    while data := connection.recv(1 << 16):
        *lines, unread = (unread + data).split(b"\n")
        for position, line in enumerate(lines):
            conditions = next((conditions for _, conditions in poll.poll(0)), 0)
            if conditions & select.POLLHUP:
                return
            more = position + 1 < len(lines) or bool(conditions & select.POLLIN)
            worker.process(Ticket.from_line(line), more=more)


def _receive(connection: socket.socket) -> Any:
    size = int.from_bytes(_read(connection, 8))
    return pickle.loads(_read(connection, size))  # noqa: S301 - from the coordinator that started us


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError
        data += part
    return data


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
