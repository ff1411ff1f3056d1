"""What DAG parsing costs beyond Airflow: the import of this package, and a folder of a hundred jobs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.tables import aligned

JOBS = 100
JOB = """
name: job_{number}
source: {{type: text, path: "logs/{{{{ ds }}}}.log"}}
batch: {{batch_size: 10}}
work: {{command: "grep -c ERROR", ok_exit_codes: [0, 1]}}
aggregation: {{reduce: sum}}
dag: {{schedule: "@daily", start_date: 2026-06-01, catchup: false}}
"""
PROGRAM = """
import json, runpy, sys, time
from airflow.sdk import DAG, Asset, BaseOperator, Param, TaskGroup, TriggerRule, XComArg, timezone
times = [time.process_time()]
import airflow_unifyweaver.dags
times.append(time.process_time())
runpy.run_path(sys.argv[1])
times.append(time.process_time())
print(json.dumps(times))
"""


def table(folder: Path, rounds: int) -> str:
    """Return the table of both costs, in milliseconds of processor time: the median of some rounds."""
    (folder / "jobs").mkdir()
    for number in range(JOBS):
        (folder / "jobs" / f"{number}.yaml").write_text(JOB.format(number=number))
    loader = folder / "loader.py"
    loader.write_text('from airflow_unifyweaver.dags import load_jobs\n\nload_jobs("jobs")\n')
    found = sorted(_costs(loader) for _ in range(rounds))[rounds // 2]
    names = ("import airflow_unifyweaver.dags", f"load_jobs() of {JOBS} jobs")
    return aligned([("cost", "ms"), *((name, f"{cost * 1000:.0f}") for name, cost in zip(names, found, strict=True))])


def _costs(loader: Path) -> tuple[float, float]:
    output = subprocess.run([sys.executable, "-c", PROGRAM, loader], check=True, stdout=subprocess.PIPE, text=True)
    before, imported, loaded = json.loads(output.stdout.splitlines()[-1])
    return imported - before, loaded - imported
