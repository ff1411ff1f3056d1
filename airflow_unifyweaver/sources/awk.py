"""How awk is run, in whichever process."""

from __future__ import annotations

import os
from collections.abc import Callable

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.processes import describe_exit, last_words, run_fed
from airflow_unifyweaver.sources.memory_file import MemoryFile
from airflow_unifyweaver.sources.programs import cannot_run

FIELD = "source.program"
"""The field of the job that gives the program, for messages."""


def awk_arguments(program: str) -> list[str]:
    """Return the command line of an awk program, to which its files can be added."""
    return ["awk", "--", program]


def awk_environment() -> dict[str, str]:
    """Return this process's environment with one locale for all machines.

    Otherwise what a character is, how texts compare, and whether a number has a decimal point or comma would be a
    matter of where a batch happens to run.
    """
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def run_awk(program: str, feed: Callable[[int], None], folder: str, name: str) -> MemoryFile:
    """Run a program over what is fed to it, and return its output.

    :param feed: writes to a descriptor that blocks.
    :param folder: the folder in which it runs.
    :param name: what to call its output in messages.
    :raises SourceError: when it cannot be run, or exits with another code than 0.
    :raises OSError: when what is fed cannot be read.
    """
    started = False

    def feed_it(descriptor: int) -> None:
        nonlocal started
        started = True
        feed(descriptor)

    output, errors = os.memfd_create("output"), os.memfd_create("errors")
    try:
        code = run_fed(
            awk_arguments(program), feed_it, output=output, errors=errors, folder=folder, environment=awk_environment()
        )
        if code != 0:
            raise SourceError(f"{FIELD} {describe_exit(code)} ({name}); {last_words(errors)}")
        return MemoryFile(name, os.dup(output))
    except OSError as error:
        if started:
            raise
        raise cannot_run(FIELD, "awk", error) from None
    finally:
        os.close(output)
        os.close(errors)
