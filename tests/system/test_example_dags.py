"""Every example DAG runs in a real Airflow and gives what a straightforward script gives."""

import csv
import json
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from airflow.sdk.exceptions import ParamValidationError
from pyarrow import parquet

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


def test_etl_of_postgresql_to_parquet_is_what_the_database_itself_computes(airflow, postgresql, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ORDERS_DB", postgresql.replace("postgres@", "postgres:geheim@"))
    with psycopg.connect(postgresql) as connection:
        connection.execute((DAGS / "etl" / "orders.sql").read_text())
        expected = connection.execute("""
            SELECT id, to_char(ordered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), lower(trim(customer)),
            quantity * unit_price * CASE currency WHEN 'EUR' THEN 1 WHEN 'USD' THEN 0.86 ELSE 1.15 END * 100
            FROM orders WHERE status = 'paid' ORDER BY id
        """).fetchall()
    run = airflow.run(DAGS / "etl_postgres.py", "etl_postgres")
    assert run.state == "success"
    assert len(airflow.instances(run, "etl_postgres.map")) == 4
    rows = parquet.read_table(DAGS / "data" / "orders.parquet").to_pylist()
    assert [(row["id"], row["day"], row["customer"], row["cents"]) for row in rows] == [
        (number, day, customer, round(Decimal(cents))) for number, day, customer, cents in expected
    ]
    written = [file.read_bytes() for file in airflow.folder(run, "etl_postgres").rglob("*") if file.is_file()]
    assert not [data for data in written if b"geheim" in data]
    assert "status = 'paid'" in (airflow.folder(run, "etl_postgres") / "job.json").read_text()


def test_nothing_but_a_status_comes_into_the_query_of_the_etl(airflow):
    status = airflow.load(DAGS / "etl_postgres.py")["etl_postgres"].params.get_param("status")
    assert status.resolve("cancelled") == "cancelled"
    with pytest.raises(ParamValidationError):
        status.resolve("' UNION SELECT * FROM salaries --")


def test_web_scraping_averages_as_a_loop_does(airflow, tmp_path):
    urls = tmp_path / "urls.txt"
    command = [sys.executable, DAGS.parent / "tools" / "shop.py", "--products", "600", "--latency", "0", "--port", "0"]
    with subprocess.Popen([*command, "--urls", urls], stdout=subprocess.PIPE) as shop:
        try:
            assert shop.stdout.readline().startswith(b"600 products")
            run = airflow.run(DAGS / "web_scraping.py", "web_scraping", source_urls=str(urls))
            prices, gone = scraped(urls.read_text().split())
        finally:
            shop.kill()
    assert run.state == "success"
    averages = dict(airflow.published(run, "web_scraping"))
    assert averages.keys() == prices.keys()
    assert averages == {category: statistics.fmean(found) for category, found in prices.items()}
    assert gone


def test_stream_clicks_counts_what_was_sent(airflow, kafka, monkeypatch):
    connection = {"conn_type": "kafka", "extra": {"bootstrap.servers": kafka.bootstrap_servers}}
    monkeypatch.setenv("AIRFLOW_CONN_CLICKS_KAFKA", json.dumps(connection))
    command = [sys.executable, DAGS.parent / "tools" / "clicks.py", "--bootstrap-servers", kafka.bootstrap_servers]
    sent = subprocess.run([*command, "--clicks", "500", "--seconds", "1"], check=True, capture_output=True).stdout
    time.sleep(6)  # until the last window is over
    run = airflow.run(DAGS / "stream_clicks.py", "stream_clicks")
    assert run.state == "success"
    assert dict(airflow.published(run, "stream_clicks")) == dict(map(json.loads, sent.splitlines()))


def test_maintenance_removes_old_runs_of_dags(airflow, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", str(tmp_path / "our runs"))
    runs = tmp_path / "our runs" / "some_dag"
    for name, age in (("a", 50), ("b", 40), ("c", 20), ("d", 10), ("e", 0)):
        run = runs / name / "job"
        run.mkdir(parents=True)
        (run / "job.json").write_text("{}")
        subprocess.run(["touch", "-d", f"{age} days ago", run / "job.json", run], check=True)
    assert airflow.run(DAGS / "maintenance.py", "maintenance", days=15).state == "success"
    assert sorted(path.name for path in runs.iterdir()) == ["c", "d", "e"]


@pytest.mark.parametrize("storage", ["/absent/folder", "s3://bucket/runs"])
def test_maintenance_is_skipped_where_there_is_no_folder(airflow, monkeypatch, storage):
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", storage)
    run = airflow.run(DAGS / "maintenance.py", "maintenance")
    assert run.state == "success"
    assert [instance.state for instance in airflow.instances(run, "prune")] == ["skipped"]


def scraped(urls):
    """Return the prices by category, and how many pages are gone."""
    prices, gone = defaultdict(list), 0
    for url in urls:
        try:
            with urllib.request.urlopen(url) as answer:
                page = answer.read().decode()
        except urllib.error.HTTPError as error:
            error.close()
            gone += 1
            continue
        price = page.partition('"price">€ ')[2].partition("<")[0]
        if price:
            prices[page.partition('"category">')[2].partition("<")[0]].append(float(price.replace(",", "")))
    return prices, gone
