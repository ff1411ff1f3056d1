"""``unifyweaver validate JOB…``."""

from __future__ import annotations

import argparse
import sys

from airflow_unifyweaver import runner
from airflow_unifyweaver.cli.exit_codes import BAD_JOB, DONE
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob


def act(options: argparse.Namespace) -> int:
    """Check job files, each of them whatever is wrong with those before it."""
    problems = 0
    for path in options.jobs:
        try:
            runner.check_job(BatchJob.from_file(path))
            print(f"{path}: ok")
        except JobError as error:
            problems += 1
            print(error, file=sys.stderr)
    return BAD_JOB if problems else DONE
