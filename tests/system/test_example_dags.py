"""Every example DAG runs in a real Airflow and gives what a straightforward script gives."""

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

DAGS = Path(__file__).resolve().parents[2] / "dags"
LOGS = sorted((DAGS / "data" / "loghub").glob("*.log"))


def test_log_analysis_counts_as_grep_does(airflow):
    run = airflow.run(DAGS / "from_job_files.py", "log_analysis")
    assert run.state == "success"
    counts = dict(airflow.published(run, "log_analysis"))
    assert counts == {pattern: grep(pattern) for pattern in ("ERROR", "WARN", "FATAL", "INFO", "error", "Failed")}
    assert len(airflow.instances(run, "map")) == 4


def grep(pattern):
    found = subprocess.run(["grep", "-ch", pattern, *LOGS], stdout=subprocess.PIPE, check=True)
    return sum(map(int, found.stdout.split()))


def test_word_count_counts_as_a_counter_does(airflow):
    run = airflow.run(DAGS / "from_job_files.py", "word_count")
    assert run.state == "success"
    words = Counter(word.lower() for log in LOGS for word in re.findall("[A-Za-z]+", log.read_text()))
    assert dict(airflow.published(run, "word_count")) == words
    assert len(airflow.instances(run, "map")) == 3


def test_flights_delay_averages_as_the_csv_module_does(airflow):
    subprocess.run([sys.executable, DAGS.parent / "tools" / "flights_csv.py"], check=True)
    run = airflow.run(DAGS / "flights_delay.py", "flights_delay")
    assert run.state == "success"
    delays = defaultdict(list)
    with (DAGS / "data" / "flights.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["arr_delay"] not in ("", "NA"):
                delays[row["carrier"]].append(int(row["arr_delay"]))
    assert dict(airflow.published(run, "flights_delay")) == {
        key: sum(values) / len(values) for key, values in delays.items()
    }
    assert len(airflow.instances(run, "map")) == 4
