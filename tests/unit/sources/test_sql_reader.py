"""The processes that read ranges of a query."""

import pickle
import subprocess
import sys
import time

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import sql_reader


class Task:
    """A task that is some code, whatever module the other process has.

    :param code: an expression.
    """

    def __init__(self, code):
        self._code = code

    def __reduce__(self):
        imports = "{'os': __import__('os'), 'time': __import__('time')}"
        return eval, (f"__import__('types').SimpleNamespace(run=lambda: eval({self._code!r}, {imports}))",)


def test_a_reader_ends_with_the_process_that_started_it():
    command = [sys.executable, "-m", sql_reader.__spec__.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        pickle.dump(Task("(print('up', flush=True), time.sleep(60))"), process.stdin)
        process.stdin.flush()
        assert process.stdout.readline() == b"up\n"
        process.stdin.close()  # as the system does when a process dies
        assert process.wait(30) == 1


def test_a_reader_that_dies_is_said_and_the_others_are_stopped():
    started = time.monotonic()
    with pytest.raises(SourceError, match="a process that read some of its rows ended with exit code -9"):
        sql_reader.read_in_parallel([Task("time.sleep(60)"), Task("os.kill(os.getpid(), 9)")])
    assert time.monotonic() - started < 50
