"""``unifyweaver export JOB --to FORM``."""

from __future__ import annotations

import argparse

from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.job.export import export_job
from airflow_unifyweaver.job.model import BatchJob


def act(options: argparse.Namespace) -> int:
    """Print a job in the form of another front end."""
    print(export_job(BatchJob.from_file(options.job), options.to), end="")
    return DONE
