"""``unifyweaver events RUN_DIR``."""

from __future__ import annotations

import argparse
import json
import resource

from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.history import follow_run, run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.journals import copy_to_look_at, fetch_journals
from airflow_unifyweaver.run.remote.plans import fetch_plan

_FILES_BESIDE = 64


def act(options: argparse.Namespace) -> int:
    """Print the events of a run."""
    types = options.type or list(EventType)
    with copy_to_look_at(run_at(options.run_dir)) as run:
        fetch_plan(run)
        plan = Plan.require(run)
        _have_files(len(plan.shards))
        if not options.follow:
            fetch_journals(run, range(len(plan.shards)))
        for event in follow_run(run, plan, types) if options.follow else run_events(run, plan, types):
            print(json.dumps(event.to_dict()), flush=options.follow)
    return DONE


def _have_files(journals: int) -> None:
    """Let this process have all journals open at a time, as far as the system does: many are allowed 1,024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = journals + _FILES_BESIDE
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
