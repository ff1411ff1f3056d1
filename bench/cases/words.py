"""Counting words."""

from __future__ import annotations

from bench.case import Goal
from bench.cases.spark import submit
from bench.contest import Commands, Contest
from bench.place import WORKERS, Place, digest_of, program, python_work
from bench.topic import Topic

BLOCK = 10_000_000
BY_KEY = {"reduce": "sum", "by_key": True}
POOL, BAG, PYSPARK, MRJOB = "Pool + Counter", "dask.bag", "PySpark local[2]", "mrjob inline"


def _words(place: Place) -> Commands:
    log = place.log(100)
    commands = {
        "bash_fork": place.job(log, {"batch_bytes": BLOCK}, python_work("words"), aggregation=BY_KEY),
        POOL: program("words_pool.py", log, BLOCK, WORKERS),
        BAG: program("words_bag.py", log, BLOCK, WORKERS),
        PYSPARK: submit("words_spark.py", log),
        MRJOB: program("words_mrjob.py", "--runner", "inline", log),
    }
    return {name: digest_of(command) for name, command in commands.items()}


TOPIC = Topic(
    "words",
    "Word count by key",
    "The words of a log of 100 MB are counted in Python, two workers on both sides but for mrjob, whose inline "
    "runner has one process. All print each word and its number; that they print the same is checked by a digest of "
    "the sorted lines, which is in everybody's time.",
    (
        Contest(
            "words",
            "100 MB word count by key, Python",
            "Ours and `Pool` count a block in a `Counter`; the others count as their documentation shows.",
            tuple(
                Goal("bash_fork", peer, most=most)
                for peer, most in ((POOL, 1.15), (BAG, 0.4), (PYSPARK, 0.15), (MRJOB, 0.05))
            ),
            _words,
            rounds=3,
            minutes=15,
        ),
    ),
)
