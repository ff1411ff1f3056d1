"""A month by ``airflow backfill create``, in a real Airflow on PostgreSQL: each day its own run and its own result."""

import json
import subprocess
import time

import psycopg
import pytest
from standalone import AIRFLOW, standalone_airflow

DAYS = [f"2026-06-{day:02}" for day in range(1, 31)]
UNFINISHED = "SELECT count(*) FROM dag_run WHERE state IN ('queued', 'running')"
LOADER = """
from airflow_unifyweaver.dags import load_jobs

load_jobs("jobs")
"""
JOB = """
name: daily_errors
source: {type: text, path: "../logs/{{ ds }}.log"}
batch: {batch_size: 10}
work: {command: "grep -c ERROR", ok_exit_codes: [0, 1]}
parallel: {backend: sequential}
aggregation: {reduce: sum}
output: {path: "../errors/{{ ds }}.jsonl"}
dag: {schedule: "@daily", start_date: 2026-06-01, end_date: 2026-06-30, catchup: false}
"""


@pytest.fixture
def home(postgresql, tmp_path):
    """The folder of an Airflow with a job over a log for each day: it has as many errors as the month is old."""
    for name in ("dags/jobs", "dags/logs", "dags/errors"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "dags" / "loader.py").write_text(LOADER)
    (tmp_path / "dags" / "jobs" / "daily_errors.yaml").write_text(JOB)
    for number, day in enumerate(DAYS, 1):
        (tmp_path / "dags" / "logs" / f"{day}.log").write_text("ERROR\n" * number + "INFO\n" * 30)
    database = postgresql.replace("postgresql:", "postgresql+psycopg:")
    with standalone_airflow(
        tmp_path,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=database,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC=database,
        AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=True,  # so that nothing but the backfill makes runs
    ):
        yield tmp_path


def backfill(database, *more):
    """Create a backfill of the month as soon as Airflow knows the DAG, and return when its runs have ended."""
    command = [AIRFLOW, "backfill", "create", "--dag-id", "daily_errors", "--from-date", DAYS[0], "--to-date", DAYS[-1]]
    deadline = time.monotonic() + 120
    while subprocess.run([*command, "--max-active-runs", "4", *more], capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline
    subprocess.run([AIRFLOW, "dags", "unpause", "daily_errors"], capture_output=True, check=True)
    with psycopg.connect(database, autocommit=True) as connection:
        while connection.execute(UNFINISHED).fetchone() != (0,):
            time.sleep(0.5)


def results(home):
    return {file.stem: json.loads(file.read_text()) for file in (home / "dags" / "errors").iterdir()}


def runs(home):
    return sorted((home / "unifyweaver" / "daily_errors").iterdir())


def test_a_month_of_runs_side_by_side_is_right_and_the_same_when_repeated(home, postgresql):
    backfill(postgresql)
    expected = {day: number for number, day in enumerate(DAYS, 1)}
    assert results(home) == expected
    assert len(runs(home)) == len(DAYS)
    written = {file: file.stat().st_mtime_ns for file in (home / "dags" / "errors").iterdir()}
    backfill(postgresql, "--reprocess-behavior", "completed")
    assert results(home) == expected
    assert len(runs(home)) == len(DAYS)
    assert all(file.stat().st_mtime_ns > before for file, before in written.items())
