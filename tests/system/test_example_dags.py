"""Every example DAG runs in a real Airflow and gives what a straightforward script gives."""

import csv
import re
import statistics
import subprocess
import sys
import urllib.error
import urllib.request
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


def test_web_scraping_averages_as_a_loop_does(airflow, tmp_path):
    urls = tmp_path / "urls.txt"
    command = [sys.executable, DAGS.parent / "tools" / "shop.py", "--products", "600", "--latency", "0", "--port", "0"]
    with subprocess.Popen([*command, "--urls", urls], stdout=subprocess.PIPE) as shop:
        try:
            assert shop.stdout.readline().startswith(b"600 products")
            run = airflow.run(DAGS / "web_scraping.py", "web_scraping", urls=str(urls))
            prices, gone = scraped(urls.read_text().split())
        finally:
            shop.kill()
    assert run.state == "success"
    averages = dict(airflow.published(run, "web_scraping"))
    assert averages.keys() == prices.keys()
    assert averages == {category: statistics.fmean(found) for category, found in prices.items()}
    assert gone


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
