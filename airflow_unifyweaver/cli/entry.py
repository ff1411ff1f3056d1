"""From the arguments to a command, and from what it raises to a message and an exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from airflow_unifyweaver.cli.exit_codes import BAD_JOB, DONE, INTERRUPTED, JOB_FAILED
from airflow_unifyweaver.cli.output import discard_output
from airflow_unifyweaver.cli.parser import parser
from airflow_unifyweaver.cli.quick_imports import quick_imports
from airflow_unifyweaver.exceptions import JobError, UnifyWeaverError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    commands = parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
        import argcomplete

        argcomplete.autocomplete(commands)
    options = commands.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _command(options.command)(options)
        sys.stdout.flush()
    except JobError as error:
        return _complain(error, BAD_JOB)
    except BrokenPipeError:  # whoever read the output has seen enough, as head does
        discard_output()
        return DONE
    except (UnifyWeaverError, OSError) as error:
        return _complain(error, JOB_FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _command(name: str) -> Callable[..., int]:
    """Import a command."""
    with quick_imports():
        act: Callable[..., int] = import_module(f"airflow_unifyweaver.cli.{name}").act
    return act


def _complain(problem: object, code: int) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return code


def _terminate(*_: object) -> NoReturn:
    raise KeyboardInterrupt
