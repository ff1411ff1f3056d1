"""The command line: ``unifyweaver run | plan | resume | events | validate | schema``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from airflow_unifyweaver import runner
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.handlers.progress import PROGRESS_TOPICS, Progress
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import JobError, RunError, UnifyWeaverError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.schema import schema
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import follow_run, run_events
from airflow_unifyweaver.run.lifecycle import BatchState, count_states
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState
from airflow_unifyweaver.words import counted

DONE, JOB_FAILED, BAD_JOB, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 job failed, 2 bad job or bad arguments."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code: int = options.act(options)
        sys.stdout.flush()
    except JobError as error:
        return _complain(error, BAD_JOB)
    except BrokenPipeError:  # whoever read the output has seen enough, as head does
        _discard_output()
        return DONE
    except (UnifyWeaverError, OSError) as error:
        return _complain(error, JOB_FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted; unifyweaver resume goes on where this run stopped", INTERRUPTED)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, which the reference in the docs is made from as well."""
    top = argparse.ArgumentParser(prog="unifyweaver", description="Run batch-parallel jobs.")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    run = _add(commands, "run", _run, "run a job and print its result, one JSON value a line")
    plan = _add(commands, "plan", _plan, "show what a run would be: batches, backend and why")
    for command in (run, plan):
        command.add_argument("job", metavar="JOB", help="job file")
        command.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="override a field: parallel.workers=4"
        )
    run.add_argument("--run-dir", metavar="DIR", help="the run's own directory (a new one below .unifyweaver)")
    resume = _add(commands, "resume", _resume, "bring a stopped run to its end")
    events = _add(commands, "events", _events, "print the events of a run, one JSON object a line")
    for command in (resume, events):
        command.add_argument("run_dir", metavar="RUN_DIR", help="the run's directory")
    events.add_argument("--type", action="append", default=[], metavar="TYPE", help="only this type; may be repeated")
    events.add_argument("--follow", action="store_true", help="wait for further events until the run has ended")
    validate = _add(commands, "validate", _validate, "check job files")
    validate.add_argument("jobs", nargs="+", metavar="JOB", help="job file")
    _add(commands, "schema", _schema, "print the JSON Schema of job files")
    return top


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, act: object, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.set_defaults(act=act)
    return command


def _run(options: argparse.Namespace) -> int:
    job = _load(options)
    run = RunDirectory(Path(options.run_dir).absolute()) if options.run_dir else runner.new_run(job)
    return _finish(job, run)


def _resume(options: argparse.Namespace) -> int:
    run = RunDirectory(Path(options.run_dir).absolute())
    job = runner.load_job(run)
    plan = Plan.load(run)
    if plan is not None:
        states = count_states(run, plan)
        numbers = {state: str(states[state]) for state in BatchState if states[state]}
        if plan.adaptive and BatchState.IDLE in numbers:
            numbers[BatchState.IDLE] = plan.counted(states[BatchState.IDLE])
        print("resuming:", ", ".join(f"{number} {state}" for state, number in numbers.items()), file=sys.stderr)
    return _finish(job, run)


def _finish(job: BatchJob, run: RunDirectory) -> int:
    plan = runner.plan_run(job, run, map_tasks=1)
    with _progress(run, plan) as handlers:
        result = runner.finish_run(job, run, plan, handlers)
    if result.failed:
        print(f"warning: {result.failed} of {result.batches} batches failed and are not in the result", file=sys.stderr)
    if result.quarantined:
        print(
            f"warning: {counted(result.quarantined, 'record')} set aside: {run.path}/shards/*/quarantine.jsonl",
            file=sys.stderr,
        )
    _print_file(result.file)
    return DONE


def _print_file(path: Path) -> None:
    """Copy the published result to standard output.

    :raises BrokenPipeError: when whoever read it has gone.
    :raises RunError: when it cannot be written there, as into a file on a full disk.
    """
    try:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_output()
        raise RunError(f"cannot write to standard output: {error.strerror}; the result stands in {path}") from error


def _discard_output() -> None:
    """Let the interpreter's last flush of standard output, which cannot succeed, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _progress(run: RunDirectory, plan: Plan) -> Iterator[list[Subscription]]:
    if not sys.stderr.isatty():
        yield []
        return
    done = sum(ShardState.load(run.shard(number).journal).covered for number in range(len(plan.shards)))
    progress = Progress(plan.batches, done, sys.stderr, "pieces" if plan.adaptive else "batches")
    try:
        yield [Subscription(progress, PROGRESS_TOPICS)]
    finally:
        progress.close()


def _plan(options: argparse.Namespace) -> int:
    preview = runner.preview(_load(options))
    for name, value in preview.items():
        print(f"{name:<14}{value}")
    return DONE


def _events(options: argparse.Namespace) -> int:
    run = RunDirectory(Path(options.run_dir).absolute())
    plan = Plan.require(run)
    unknown = set(options.type) - set(EventType)
    if unknown:
        raise JobError(f"--type: {', '.join(sorted(unknown))}: the types are {', '.join(EventType)}")
    types = [EventType(name) for name in options.type] or list(EventType)
    for event in follow_run(run, plan, types) if options.follow else run_events(run, plan, types):
        print(json.dumps(event.to_dict()), flush=options.follow)
    return DONE


def _validate(options: argparse.Namespace) -> int:
    problems = 0
    for path in options.jobs:
        try:
            runner.check_job(BatchJob.from_file(path))
            print(f"{path}: ok")
        except JobError as error:
            problems += 1
            print(error, file=sys.stderr)
    return BAD_JOB if problems else DONE


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(schema(), indent=2))
    return DONE


def _load(options: argparse.Namespace) -> BatchJob:
    overrides = dict(_assignment(text) for text in options.set)
    return BatchJob.from_file(options.job, overrides)


def _assignment(text: str) -> tuple[str, str]:
    field, separator, value = text.partition("=")
    if not separator:
        raise JobError(f"--set {text}: write FIELD=VALUE, such as parallel.workers=4")
    return field, value


def _complain(problem: object, code: int) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return code


def _terminate(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
