"""``unifyweaver events RUN_DIR``."""

from __future__ import annotations

import argparse
import json

from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.history import follow_run, run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.journals import copy_to_look_at, fetch_journals
from airflow_unifyweaver.run.remote.plans import fetch_plan


def act(options: argparse.Namespace) -> int:
    """Print the events of a run."""
    types = options.type or list(EventType)
    with copy_to_look_at(run_at(options.run_dir)) as run:
        fetch_plan(run)
        plan = Plan.require(run)
        if not options.follow:
            fetch_journals(run, range(len(plan.shards)))
        for event in follow_run(run, plan, types) if options.follow else run_events(run, plan, types):
            print(json.dumps(event.to_dict()), flush=options.follow)
    return DONE
