"""On Hadoop."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.backends.hadoop_programs import program, streaming_jar
from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import PROGRAMS, SERVERS, WORKERS, Place
from bench.topic import Topic

OURS, PEER = "hadoop_streaming", "a plain streaming job"
WORDS = shlex.join([sys.executable, str(PROGRAMS / "words_streaming.py")])
ADD_UP = "awk {total+=$1}END{print(total)}"  # Hadoop cuts commands at spaces
PAIRS = r"""sed -e 's/^\["//' -e 's/",\([0-9]*\)]$/\t\1/' -e 's/\\\(["\\]\)/\1/g'"""  # of JSON, as the plain job prints


@contextmanager
def _cluster() -> Iterator[None]:
    """Run HDFS and YARN as the tests do, and be their client."""
    sys.path += [server for server in SERVERS if server not in sys.path]
    hdfs = importlib.import_module("services.hdfs").Hdfs()
    environment = dict(os.environ)
    try:
        hdfs.start()
        yarn = importlib.import_module("services.yarn").Yarn(hdfs)
        try:
            yarn.start()
            os.environ.update(yarn.env)
            yield
        finally:
            yarn.stop()
    finally:
        hdfs.stop()
        os.environ.clear()
        os.environ.update(environment)


@contextmanager
def _grep(place: Place) -> Iterator[Commands]:
    work = {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]}
    with _cluster():
        ours = shlex.join(_job(place, place.log(1000), work, {"reduce": "sum"}))
        yield {OURS: _digest(ours), PEER: _digest(_plain(place, place.log(1000), "grep -c ERROR", ADD_UP))}


@contextmanager
def _words(place: Place) -> Iterator[Commands]:
    with _cluster():
        ours = shlex.join(_job(place, place.log(100), {"command": WORDS}, {"reduce": "sum", "by_key": True}))
        peer = _plain(place, place.log(100), WORDS, f"{WORDS} reducer")
        yield {OURS: _digest(f"{ours} | {PAIRS}"), PEER: _digest(peer)}


def _job(place: Place, log: Path, work: dict[str, object], aggregation: dict[str, object]) -> list[str]:
    return place.job(log, {}, work, parallel={"backend": "hadoop_streaming"}, aggregation=aggregation)


def _plain(place: Place, log: Path, mapper: str, reducer: str) -> str:
    """Return the script of a plain job with as many mappers as run at a time: each costs the start of a container."""
    output = place.folder / f"{log.stem}.output"
    settings = {
        "mapreduce.input.fileinputformat.split.minsize": log.stat().st_size // WORKERS + 1,
        "mapreduce.job.reduces": 1,
        "stream.non.zero.exit.is.failure": "false",  # grep's when it finds nothing
    }
    words = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
    files = ["-input", log.as_uri(), "-output", output.as_uri()]
    programs = ["-mapper", mapper, "-combiner", reducer, "-reducer", reducer]
    job = shlex.join([program("hadoop"), "jar", streaming_jar(), *words, *files, *programs])
    return f"{job} >&2; sed 's/\\t$//' {output}/part-*; rm -r {output}"


def _digest(script: str) -> list[str]:
    return ["bash", "-e", "-o", "pipefail", "-c", f"{{ {script}; }} | LC_ALL=C sort | md5sum"]


TOPIC = Topic(
    "hadoop",
    "On Hadoop",
    "HDFS and YARN on this machine. The plain job has the same mapper, as many of them as run at a time, a combiner "
    "and one reducer.",
    (
        Contest("hadoop-grep", "grep -c ERROR, 1 GB", "", (Goal(OURS, PEER),), _grep, rounds=3, minutes=4.5),
        Contest("hadoop-words", "Word count by key, 100 MB", "", (Goal(OURS, PEER),), _words, rounds=3, minutes=4.5),
    ),
)
