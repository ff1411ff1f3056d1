"""``unifyweaver run JOB``."""

from __future__ import annotations

import argparse

from airflow_unifyweaver import runner
from airflow_unifyweaver.cli.finish import finish
from airflow_unifyweaver.cli.job_file import load
from airflow_unifyweaver.run.remote.addresses import run_at


def act(options: argparse.Namespace) -> int:
    """Run a job and print its result."""
    job = load(options)
    return finish(job, run_at(options.run_dir) if options.run_dir else runner.new_run(job))
