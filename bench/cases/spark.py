"""On Spark."""

from __future__ import annotations

import sys
from pathlib import Path

from airflow_unifyweaver.backends.spark_submit import spark_home
from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import PROGRAMS, WORKERS, Place, digest_of, python_work
from bench.topic import Topic

MASTER = f"local[{WORKERS}]"
PARALLEL = {"backend": "spark", "spark": {"master": MASTER}}
OURS, PEER = f"spark, {MASTER}", "a plain PySpark program"


def submit(name: str, log: Path) -> list[str]:
    """Return the command that runs a program of ``bench/programs`` over a log in Spark."""
    env = ["env", f"PYSPARK_PYTHON={sys.executable}", "PYTHONWARNINGS=ignore"]  # it prints them on standard output
    return [*env, f"{spark_home()}/bin/spark-submit", "--master", MASTER, str(PROGRAMS / name), str(log)]


def _words(place: Place) -> Commands:
    log, by_key = place.log(100), {"reduce": "sum", "by_key": True}
    ours = place.job(log, {}, python_work("words"), parallel=PARALLEL, aggregation=by_key)
    return {OURS: digest_of(ours), PEER: digest_of(submit("words_spark.py", log))}


def _count(place: Place) -> Commands:
    log = place.log(1000)
    ours = place.job(log, {}, python_work("count"), parallel=PARALLEL, aggregation={"reduce": "sum"})
    return {OURS: ours, PEER: submit("count_spark.py", log)}


TOPIC = Topic(
    "spark",
    "On Spark",
    f"Jobs of ours on Spark itself (`{MASTER}`), and programs that everybody would write for it; both start Spark "
    "once.",
    (
        Contest("spark-words", "Word count by key, 100 MB", "", (Goal(OURS, PEER),), _words, rounds=3, minutes=3.5),
        Contest("spark-count", "Count of ERROR, 1 GB", "", (Goal(OURS, PEER),), _count, rounds=3, minutes=3.5),
    ),
)
