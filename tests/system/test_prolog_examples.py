"""The proposal's three programs run through Airflow, and give on every backend what a plain loop gives."""

import csv
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOGS = sorted((ROOT / "dags" / "data" / "loghub").glob("*.log"))
DAG_FILE = """
    from pathlib import Path

    from airflow.sdk import DAG

    from airflow_unifyweaver import BatchJob
    from airflow_unifyweaver.dags import batch_task_group

    FOLDER = Path({folder!r})
    CHANGES = {changes!r}

    with DAG("prolog_on_{backend}"):
        for name, size in (("count_errors", 5000), ("count_words", 25), ("scrape_prices", 30)):
            batch_task_group(BatchJob.from_file(FOLDER / f"{{name}}.pl", {{**CHANGES, "batch.batch_size": str(size)}}))
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder of the examples, with the addresses of a shop that is open."""
    folder = tmp_path_factory.mktemp("dags")
    shutil.copytree(ROOT / "dags" / "prolog", folder / "prolog")
    (folder / "data").symlink_to(ROOT / "dags" / "data")
    urls = folder / "prolog" / "urls.csv"
    command = [sys.executable, ROOT / "tools" / "shop.py", "--products", "60", "--latency", "0", "--port", "0"]
    with subprocess.Popen([*command, "--urls", urls], stdout=subprocess.PIPE) as shop:
        try:
            assert shop.stdout.readline().startswith(b"60 products")
            yield folder / "prolog"
        finally:
            shop.kill()


@pytest.fixture(params=["sequential", "bash_fork", "gnu_parallel", "dask", "spark", "hadoop_streaming"])
def backend(request, monkeypatch):
    """Each backend, and what the job says of it."""
    changes = {"parallel.backend": request.param, "parallel.workers": "2", "parallel.strict": "true"}
    if request.param == "dask":
        changes["parallel.dask"] = f"{{address: '{request.getfixturevalue('dask_cluster').address}'}}"
    if request.param == "spark":
        changes["parallel.spark"] = "{master: 'local[2]'}"
    if request.param == "hadoop_streaming":
        for name, value in request.getfixturevalue("yarn").env.items():
            monkeypatch.setenv(name, value)
    return request.param, changes


def test_the_proposals_programs_run_unchanged(airflow, programs, backend):
    name, changes = backend
    file = airflow.write("prolog.py", DAG_FILE.format(folder=str(programs), changes=changes, backend=name))
    run = airflow.run(file, f"prolog_on_{name}")
    assert run.state == "success"
    assert airflow.published(run, "count_errors") == [sum(log.read_text().count("ERROR") for log in LOGS)]
    assert dict(airflow.published(run, "count_words")) == words(programs / "documents.csv")
    (result,) = (airflow.folder(run, "scrape_prices") / "result").glob("result.*")
    assert Counter(result.read_text().splitlines()) == Counter(prices((programs / "urls.csv").read_text().split()))


def words(file):
    with file.open(newline="") as rows:
        return Counter(word.lower() for _, text in csv.reader(rows) for word in re.split("[ \n\t]", text))


def prices(urls):
    for url in urls:
        try:
            with urllib.request.urlopen(url) as answer:
                price = re.search('<p class="price">€ (.*)</p>', answer.read().decode())
        except urllib.error.HTTPError as error:
            error.close()
            continue
        if price:
            yield f"{url}: ${price[1]}"


def test_the_programs_are_in_the_folder_of_examples(airflow):
    assert set(airflow.load(ROOT / "dags" / "from_prolog.py")) == {"count_errors", "count_words", "scrape_prices"}
