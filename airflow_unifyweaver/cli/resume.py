"""``unifyweaver resume RUN_DIR``."""

from __future__ import annotations

import argparse
import sys

from airflow_unifyweaver import runner
from airflow_unifyweaver.cli.finish import finish
from airflow_unifyweaver.cli.job_file import without_plugins
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lifecycle import BatchState, count_states
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.journals import fetch_journals


def act(options: argparse.Namespace) -> int:
    """Bring a stopped run to its end and print its result."""
    run = run_at(options.run_dir)
    with without_plugins():
        job = runner.load_job(run)
    plan = Plan.load(run)
    if plan is not None:
        fetch_journals(run, range(len(plan.shards)))
        print("resuming:", _standing(run, plan), file=sys.stderr)
    return finish(job, run)


def _standing(run: RunDirectory, plan: Plan) -> str:
    """Return how many batches are in which state."""
    states = count_states(run, plan)
    numbers = {state: str(states[state]) for state in BatchState if states[state]}
    if plan.adaptive and BatchState.IDLE in numbers:
        numbers[BatchState.IDLE] = plan.counted(states[BatchState.IDLE])
    return ", ".join(f"{number} {state}" for state, number in numbers.items())
