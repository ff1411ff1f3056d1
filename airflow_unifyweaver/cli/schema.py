"""``unifyweaver schema``."""

from __future__ import annotations

import argparse
import json

from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.job.schema import schema


def act(_: argparse.Namespace) -> int:
    """Print the JSON Schema of job files."""
    print(json.dumps(schema(), indent=2))
    return DONE
