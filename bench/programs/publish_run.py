"""Publish a run that has been worked on, as Airflow's aggregate task does."""

from __future__ import annotations

import argparse
from pathlib import Path
from unittest import mock

from airflow_unifyweaver import runner
from airflow_unifyweaver.aggregation import duckdb_partials
from airflow_unifyweaver.run.directory import RunDirectory


def main() -> None:
    """Publish the run in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without-duckdb", action="store_true", help="as where it is not installed")
    options = parser.parse_args()
    run = RunDirectory(options.folder)
    is_available = duckdb_partials.is_available() and not options.without_duckdb
    with mock.patch.object(duckdb_partials, "is_available", return_value=is_available):
        runner.publish_run(runner.load_job(run), run)


if __name__ == "__main__":
    main()
