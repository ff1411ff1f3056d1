"""A process that reads one range of a query's rows, beside others that read the other ranges of the same snapshot.

Processes, as turning rows into JSON keeps Python busy. Programs of their own, as an Airflow worker may be one that
must not have children of ``multiprocessing``. What to read comes pickled on standard input, so that no password
stands on a command line.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO

from airflow_unifyweaver.exceptions import SourceError, UnifyWeaverError
from airflow_unifyweaver.sources.sql_address import Address
from airflow_unifyweaver.sources.sql_query import KeyRange, Query
from airflow_unifyweaver.sources.sql_rows import Written, write_rows
from airflow_unifyweaver.sources.sql_session import session


@dataclass(frozen=True)
class ReadTask:
    """What a process shall read, and the file that it shall write."""

    address: Address
    snapshot: str
    query: Query
    part: KeyRange
    target: Path

    def run(self) -> Written:
        """Read."""
        with session(self.address, self.snapshot) as connection:
            return write_rows(connection, self.query, self.part, self.target)


def read_in_parallel(tasks: Sequence[ReadTask]) -> Written:
    """Read several ranges, each by a process; when one fails, the others are stopped.

    :return: what they wrote together.
    :raises SourceError: when one fails.
    """
    total = Written()
    with ExitStack() as stack:
        processes = [stack.enter_context(_started(task)) for task in tasks]
        running = {_output(process).fileno(): process for process in processes}
        while running:
            for descriptor in wait(list(running)):
                total.add(_outcome(running.pop(int(descriptor))))  # type: ignore[arg-type]
    return total


@contextmanager
def _started(task: ReadTask) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", __spec__.name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    try:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        pickle.dump(task, process.stdin)
        process.stdin.flush()
        yield process
    finally:
        process.kill()
        process.communicate()


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - for the type checker
    return process.stdout


def _outcome(process: subprocess.Popen[bytes]) -> Written:
    data = _output(process).read()
    if not data:
        raise SourceError(
            f"source.query: a process that read some of its rows ended with exit code {process.wait()}; the log says "
            "more; try again"
        )
    outcome: Written | UnifyWeaverError = pickle.loads(data)  # noqa: S301 - from ourselves
    if isinstance(outcome, UnifyWeaverError):
        raise outcome
    return outcome


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Read what standard input says, and tell on standard output what came of it."""
    task: ReadTask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from ourselves
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome: Written | UnifyWeaverError = task.run()
    except UnifyWeaverError as error:
        outcome = error
    sys.stdout.buffer.write(pickle.dumps(outcome))
    sys.stdout.flush()
    os._exit(0)  # the thread holds standard input, which the interpreter would wait for


if __name__ == "__main__":
    main()
