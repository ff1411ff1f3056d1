"""What ``run`` and ``resume`` have in common: the work, its progress, and the result on standard output."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_unifyweaver import runner
from airflow_unifyweaver.cli.exit_codes import DONE, INTERRUPTED
from airflow_unifyweaver.cli.output import print_file
from airflow_unifyweaver.events.bus import Subscription
from airflow_unifyweaver.events.handlers.progress import PROGRESS_TOPICS, Progress
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.state import ShardState
from airflow_unifyweaver.words import counted


def finish(job: BatchJob, run: RunDirectory) -> int:
    """Bring a run to its end, print its result, and return the exit code.

    :param job: what to do.
    :param run: the run's directory, in which some of it may be done already.
    :raises UnifyWeaverError: when there is no result.
    """
    try:
        return _finish(job, run)
    except KeyboardInterrupt:
        print(f"error: interrupted{_remedy(run)}", file=sys.stderr)
        return INTERRUPTED


def _finish(job: BatchJob, run: RunDirectory) -> int:
    plan = runner.plan_run(job, run, map_tasks=1)
    with _progress(run, plan) as handlers:
        result = runner.finish_run(job, run, plan, handlers)
    if result.failed:
        print(f"warning: {result.failed} of {result.batches} batches failed and are not in the result", file=sys.stderr)
    if result.quarantined:
        print(
            f"warning: {counted(result.quarantined, 'record')} set aside: {run.place}/shards/*/quarantine.jsonl",
            file=sys.stderr,
        )
    print_file(result.file)
    return DONE


def _remedy(run: RunDirectory) -> str:
    if run.plan_file.exists():
        return f"; unifyweaver resume {shlex.quote(run.place)} goes on where this run stopped"
    return " while the run was being planned; run the job again, and planning begins anew"


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
