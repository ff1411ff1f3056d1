"""The least that a run takes."""

from __future__ import annotations

import sys

from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import Place, program
from bench.topic import Topic

BACKENDS = ("sequential", "bash_fork", "gnu_parallel")
RUN, TIMED = BACKENDS[0], "sequential, with -X importtime"
JOB = """
name: start
source: {{type: text, path: "{path}"}}
work: {{command: "grep -c 0"}}
parallel: {{backend: {backend}, workers: 2, strict: true}}
aggregation: {{reduce: sum}}
"""
PYDANTIC = "import pydantic, pydantic.main, pydantic.functional_validators; print(1)"


def _commands(place: Place) -> Commands:
    jobs = {backend: _job(place, backend) for backend in BACKENDS}
    floors = {"Python alone": "print(1)", "Python and pydantic": PYDANTIC}
    others = {name: [sys.executable, "-c", text] for name, text in floors.items()}
    return jobs | {TIMED: program("imports_of_run.py", *jobs[RUN])} | others


def _job(place: Place, backend: str) -> list[str]:
    file = place.folder / f"{backend}.yaml"
    file.write_text(JOB.format(path=place.lines(1), backend=backend))
    return place.run_of(file)


TOPIC = Topic(
    "start",
    "Starting",
    "What every run takes before and after its work.",
    (
        Contest(
            "start",
            "unifyweaver run of a one-line job",
            "`grep` over a file of one line: the whole process, on `sequential`, which `backend: auto` takes for so "
            "little. Imports are what `python -X importtime` says of the same run, the interpreter's own included; "
            "that run as a whole is slower, for it prints them. The last two rows are what no run can do without.",
            (
                Goal(RUN, most=250, unit="ms", scale=1000, what="unifyweaver run of a one-line job"),
                Goal(TIMED, most=150, figure="import_seconds", unit="ms", scale=1000, what="the same: its imports"),
            ),
            _commands,
            rounds=9,
            warm_up=2,
            own=len(BACKENDS) + 1,
            minutes=0.6,
        ),
    ),
)
