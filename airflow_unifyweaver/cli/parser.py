"""The commands, their arguments and examples. It imports nothing of what they do, so that help comes at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from airflow_unifyweaver.cli.exit_codes import BAD_JOB
from airflow_unifyweaver.events.schema import EventType

_Add = Callable[..., argparse.ArgumentParser]
_EXIT_CODES = """\
exit codes:
  0    done
  1    the job failed, or a run, a source or a backend cannot be used
  2    a job or an argument is wrong
  130  interrupted
"""


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the lines of an epilog, and complains in one line, as the commands do."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_JOB, f"error: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; the command's name is that of the module that has its ``act``."""
    top = _Parser(prog="unifyweaver", description="Run batch-parallel jobs.", epilog=_EXIT_CODES)
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    add = partial(_add, commands)
    _run(add)
    _plan(add)
    _resume(add)
    _events(add)
    _validate(add)
    _export(add)
    _schema(add)
    _prune(add)
    _completion(add)
    return top


def _add(
    commands: argparse._SubParsersAction[_Parser], name: str, text: str, *examples: str
) -> argparse.ArgumentParser:
    """Add a command.

    :param text: what it does, in a line.
    :param examples: command lines.
    """
    return commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog="\n  ".join(["examples:", *examples]),
    )


def _run(add: _Add) -> None:
    command = add(
        "run",
        "run a job and print its result, one JSON value a line",
        "unifyweaver run job.yaml > result.jsonl",
        "unifyweaver run job.yaml --set parallel.workers=4 --set source.path='logs/*.log'",
        "unifyweaver run job.yaml --run-dir runs/today",
    )
    _add_job(command)
    command.add_argument(
        "--run-dir", metavar="DIR", help="the run's own directory, or a URL (a new one below .unifyweaver)"
    )


def _plan(add: _Add) -> None:
    command = add(
        "plan",
        "show what a run would be, and what it would take on each backend",
        "unifyweaver plan job.yaml",
        "unifyweaver plan job.yaml --sample",
        "unifyweaver plan job.yaml --set parallel.workers=8 --json | jq .backends",
    )
    _add_job(command)
    command.add_argument(
        "--sample", action="store_true", help="run the work on some batches to see how long it takes; results are lost"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _resume(add: _Add) -> None:
    command = add(
        "resume",
        "bring a stopped run to its end",
        "unifyweaver resume .unifyweaver/word_count/20260102T030405.678901",
        "unifyweaver resume s3://bucket/runs/today",
    )
    _add_run(command)


def _events(add: _Add) -> None:
    command = add(
        "events",
        "print the events of a run, one JSON object a line",
        "unifyweaver events runs/today --type batch_failed",
        "unifyweaver events runs/today --follow | jq .event_type",
    )
    _add_run(command)
    command.add_argument(
        "--type",
        action="append",
        default=[],
        choices=[str(kind) for kind in EventType],
        metavar="TYPE",
        help=f"only this type; may be repeated: {', '.join(EventType)}",
    )
    command.add_argument("--follow", action="store_true", help="wait for further events until the run has ended")


def _validate(add: _Add) -> None:
    command = add("validate", "check job files", "unifyweaver validate jobs/*.yaml")
    command.add_argument("jobs", nargs="+", metavar="JOB", help="job file")


def _export(add: _Add) -> None:
    command = add(
        "export",
        "print a job in the form of another front end",
        "unifyweaver export job.pl --to yaml > job.yaml",
        "unifyweaver export job.yaml --to pl > job.pl",
    )
    command.add_argument("job", metavar="JOB", help="job file")
    command.add_argument("--to", required=True, choices=["pl", "yaml", "python"], help="the form")


def _schema(add: _Add) -> None:
    add("schema", "print the JSON Schema of job files", "unifyweaver schema > job.schema.json")


def _prune(add: _Add) -> None:
    command = add(
        "prune",
        "remove old runs, but none that is being worked on",
        "unifyweaver prune --older-than 30 --dry-run",
        "unifyweaver prune --older-than 7 --keep 3 /shared/unifyweaver",
    )
    command.add_argument(
        "storage", nargs="?", metavar="STORAGE", help="folder of runs (UNIFYWEAVER_STORAGE, or .unifyweaver)"
    )
    command.add_argument(
        "--older-than",
        type=_whole_number,
        required=True,
        metavar="DAYS",
        help="of runs without change for so long",
    )
    command.add_argument(
        "--keep", type=_whole_number, default=0, metavar="N", help="keep the last N runs of each job, however old"
    )
    command.add_argument("--dry-run", action="store_true", help="only print what would be removed")


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"wanted a whole number of at least 0, got {text!r}")
    return int(text)


def _completion(add: _Add) -> None:
    command = add(
        "completion",
        "print what makes a shell complete commands and options",
        "source <(unifyweaver completion bash)    # in ~/.bashrc",
        "source <(unifyweaver completion zsh)     # in ~/.zshrc, after compinit",
        "unifyweaver completion fish | source     # in ~/.config/fish/config.fish",
    )
    command.add_argument("shell", choices=["bash", "zsh", "fish"], help="the shell")


def _add_job(command: argparse.ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB", help="job file")
    command.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override a field: parallel.workers=4"
    )


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("run_dir", metavar="RUN_DIR", help="the run's directory or URL")
