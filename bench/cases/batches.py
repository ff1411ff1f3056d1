"""What a batch costs: to plan, to dispatch, to commit, to tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from airflow_unifyweaver.events.schema import EventType
from bench.case import Goal
from bench.contest import Commands, Contest
from bench.growth import Growth
from bench.place import HERE, WORKERS, Place, program, python_work
from bench.timing import Command
from bench.topic import Topic

POOL = "ProcessPoolExecutor"
EACH = {"batch_size": 1}
SUM = {"reduce": "sum"}
BYTES_OF_BATCH = 1000


def _empty_job(place: Place, batches: int) -> list[str]:
    return place.job(place.lines(batches), EACH, python_work("nothing"), aggregation=SUM)


def _empty(place: Place) -> Commands:
    batches = place.of(100_000)
    return {"bash_fork": _empty_job(place, batches), POOL: program("empty_pool.py", batches, WORKERS)}


def _plan(place: Place) -> Commands:
    source = place.folder / "sparse"
    with source.open("wb") as file:
        file.truncate(place.of(1_000_000) * BYTES_OF_BATCH)
    job = place.job(source, {"batch_bytes": BYTES_OF_BATCH}, python_work("nothing"), aggregation=SUM)[2]
    return {"plan": program("plan_job.py", job, place.run)}


def _events(place: Place) -> Commands:
    lines, work = place.lines(place.of(1000)), python_work("ten_milliseconds")
    heard = {event_type: [f"{HERE / 'work.py'}:hear"] for event_type in EventType if event_type.startswith("batch_")}
    return {
        "a handler of every event": place.job(lines, EACH, work, aggregation=SUM, on_event=heard),
        "no handlers": place.job(lines, EACH, work, aggregation=SUM),
    }


def _growing(place: Place) -> Mapping[str, Callable[[int], Command]]:
    return {
        "bash_fork": lambda batches: _empty_job(place, batches),
        POOL: lambda batches: program("empty_pool.py", batches, WORKERS),
    }


TOPIC = Topic(
    "batches",
    "Very many batches",
    "Batches with no work in them, and with very little: what is left is what a batch itself costs. Every one is "
    "leased, journaled, committed and told of, and a run that is killed goes on from there; a `ProcessPoolExecutor` "
    "does none of that.",
    (
        Contest(
            "empty",
            "100,000 empty batches, Python, 2 workers",
            "A function that returns at once, on batches of one line. The pool gets one number at a time "
            "(`chunksize=1`).",
            (Goal("bash_fork", POOL, most=0.5),),
            _empty,
            minutes=4,
        ),
        Contest(
            "plan",
            "Plan of 1,000,000 byte-range batches",
            "A process that plans a file of 1 GB into batches of 1 kB, as the split task does, and then opens a "
            "shard of that plan, as a map task does: until the shard's first batch is known.",
            (
                Goal("plan", most=3, unit="s", what="plan of 1,000,000 byte-range batches: time"),
                Goal("plan", most=150, figure="peak_mb", unit="MB", what="the same: memory"),
                Goal("plan", most=20, figure="open_ms", unit="ms", what="the same: a shard opened"),
            ),
            _plan,
            minutes=0.5,
        ),
        Contest(
            "events",
            "Events on and off, batches of 10 ms",
            "The journal cannot be turned off: its lines are the commits. What can be is that anybody hears of "
            "them. So a run whose job names a handler for every type of event that a batch has is compared with one "
            "that names none.",
            (Goal("a handler of every event", "no handlers", most=1.03),),
            _events,
            own=2,
            minutes=1.2,
        ),
        Growth(
            "growing-batches",
            "From 10² to 10⁶ batches",
            "Empty batches as above. What does not grow, as the start of processes, is all that small numbers show.",
            (),
            "batches",
            tuple(10**exponent for exponent in range(2, 7)),
            _growing,
            minutes=9,
        ),
    ),
)
