"""What is shown of a run, as JSON values: a summary, a grid of batches, single batches, failed attempts.

Each says how many bytes of the journals it is made of: one process of the API server may have read less than another.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.monitor.batch_table import STATES
from airflow_unifyweaver.monitor.failure_log import FailureLog, cause_of, failure_entry
from airflow_unifyweaver.monitor.journal_tail import JournalEvent, event_at
from airflow_unifyweaver.monitor.run_monitor import RunMonitor
from airflow_unifyweaver.monitor.statistics import Totals

MOST_CELLS = 2_000
PAGE = 50
FAILURES_PAGE = 10
SEARCHED = 5_000
"""So many failed attempts are read again for one page at most; the next page goes on from there."""
MOST_PARTS = 1_024
WORK = ("command", "python", "prolog")
TOLD = ("results_count", "processing_time_ms")


class Part(NamedTuple):
    """A part of a run: all of it, or what one mapped task instance works on.

    :param shards: its shards.
    :param first: its first batch.
    :param stop: the batch behind its last one.
    :param totals: its statistics.
    """

    shards: range
    first: int
    stop: int
    totals: Totals


def part_of(monitor: RunMonitor, number: int | None) -> Part | None:
    """Return a part of a run by the map index of its task instance; all of the run for None.

    :return: None when there is no such part.
    """
    plan, statistics = monitor.plan, monitor.statistics
    if number is None:
        return Part(range(len(plan.shards)), 0, plan.batches, statistics.total)
    if not 0 <= number < len(plan.tasks):
        return None
    shards = plan.task_shards(plan.tasks[number])
    last = plan.shards[shards[-1]]
    return Part(shards, plan.shards[shards[0]].first, last.first + last.count, statistics.parts[number])


def summary(monitor: RunMonitor, part: Part, now: float) -> dict[str, Any]:
    """Return all that is shown of a run at once, and nothing of what was in its data.

    :param now: seconds since 1970.
    """
    plan, statistics = monitor.plan, monitor.statistics
    read, size = monitor.read
    counts = statistics.table.counts(part.first, part.stop)
    totals = part.totals.to_dict(now)
    state = monitor.state(now)
    left = part.stop - part.first - counts["complete"] - (counts["failed"] if state != "running" else 0)
    return {
        "state": state,
        "now": now,
        "read": read,
        "size": size,
        "backend": plan.backend,
        "unit": "pieces" if plan.adaptive else "batches",
        "source_bytes": plan.size,
        "planned": monitor.run.plan_file.stat().st_mtime,
        "job": job_facts(monitor.job),
        "first": part.first,
        "batches": part.stop - part.first,
        "counts": counts,
        "eta_seconds": left / totals["rate"] if state == "running" and totals["rate"] else None,
        "notices": plan.notices,
        "workers": statistics.workers.to_list(part.shards),
        "resumes": statistics.resumes.to_list(part.shards),
        "quarantine": quarantine_facts(monitor, part),
        "parts": list(parts(monitor)),
        "part_count": len(plan.tasks),
        **totals,
    }


def brief(monitor: RunMonitor, now: float) -> dict[str, Any]:
    """Return what is shown of a run in a list of runs.

    :param now: seconds since 1970.
    """
    read, size = monitor.read
    counts = monitor.statistics.table.counts(0, monitor.plan.batches)
    return {
        "state": monitor.state(now),
        "read": read,
        "size": size,
        "backend": monitor.plan.backend,
        "unit": "pieces" if monitor.plan.adaptive else "batches",
        "batches": monitor.plan.batches,
        "done": counts["complete"],
        "failed": counts["failed"],
        "end": monitor.statistics.total.end or None,
    }


def published(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown in a list of a run of which only what is told with its result is known."""
    batches, failed = facts["batches"], facts["failed"]
    return {"state": "published", "batches": batches, "done": batches - failed, "failed": failed}


def parts(monitor: RunMonitor) -> Iterator[dict[str, Any]]:
    """Yield how far each mapped task instance is, of the first thousand."""
    for number in range(min(len(monitor.plan.tasks), MOST_PARTS)):
        part = part_of(monitor, number)
        if part is not None:
            counts = monitor.statistics.table.counts(part.first, part.stop)
            yield {
                "part": number,
                "first": part.first,
                "batches": part.stop - part.first,
                "done": counts["complete"],
                "failed": counts["failed"],
                "finished": monitor.statistics.finished.issuperset(part.shards),
            }


def job_facts(job: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown of a job."""
    return {
        "source": job["source"]["type"],
        "work": next(kind for kind in WORK if kind in job["work"]),
        "workers": job.get("parallel", {}).get("workers", "auto"),
        "quarantine": job.get("failure", {}).get("quarantine", "none"),
    }


def quarantine_facts(monitor: RunMonitor, part: Part) -> dict[str, int]:
    """Return how many records were set aside, and the files that have what was set aside: their number and bytes."""
    kept = monitor.statistics.quarantined
    files = [monitor.run.shard(shard).quarantine for shard in part.shards if shard in monitor.statistics.finished]
    sizes = [file.stat().st_size for file in files if file.exists()]
    records = sum(number for index, number in kept.items() if part.first <= index < part.stop)
    return {"records": records, "files": len(sizes), "bytes": sum(sizes)}


def grid(monitor: RunMonitor, first: int, stop: int, most: int) -> dict[str, Any]:
    """Return a range of batches as cells of equally many batches, each with the number in every state.

    :param most: how many cells there may be.
    """
    size, states = monitor.statistics.table.cells(first, stop, min(max(most, 1), MOST_CELLS))
    return {"read": monitor.read[0], "first": first, "stop": stop, "cell": size, "states": states}


def batches(monitor: RunMonitor, wanted: frozenset[int], first: int, stop: int, limit: int = PAGE) -> dict[str, Any]:
    """Return the batches of a range that are in one of some states, with what their journals tell of them last.

    :return: them, and where the next page begins, or None when this is the last one.
    """
    table = monitor.statistics.table
    found = list(islice(table.find(wanted, first, stop), limit + 1))
    entries = [_batch_entry(monitor, index) for index in found[:limit]]
    return {"read": monitor.read[0], "batches": entries, "next": found[limit] if len(found) > limit else None}


def failures(  # noqa: PLR0913 - each narrows the list down in another way
    monitor: RunMonitor,
    part: Part,
    *,
    before: int | None = None,
    cause: str | None = None,
    text: str = "",
    limit: int = FAILURES_PAGE,
) -> dict[str, Any]:
    """Return failed attempts, those that were read last first.

    :param before: the place in the list where the last page ended; its begin when None.
    :param cause: show those of one cause only.
    :param text: show only those whose error has it.
    :return: them, the causes of all by number, and the place where the next page begins, or None when this is the
        last one.
    """
    log = monitor.statistics.failures
    entries: list[dict[str, Any]] = []
    number = len(log) if before is None else min(before, len(log))
    last = max(number - SEARCHED, 0)
    while number > last and len(entries) < limit:
        number -= 1
        shard, place = log.place(number)
        event = event_at(monitor.run.shard(shard).journal, place) if shard in part.shards else None
        if event is not None and _is_wanted(log, event, cause, text):
            entries.append(failure_entry(shard, event))
    return {
        "read": monitor.read[0],
        "causes": part.totals.causes.most_common(),
        "failures": entries,
        "next": number or None,
        "total": part.totals.failed_attempts,
    }


def _is_wanted(log: FailureLog, event: JournalEvent, cause: str | None, text: str) -> bool:
    if cause is not None and log.told_apart(cause_of(event.payload["error"])) != cause:
        return False
    return text.lower() in str(event.payload["error"]).lower()


def _batch_entry(monitor: RunMonitor, index: int) -> dict[str, Any]:
    table = monitor.statistics.table
    shard = next(n for n, shard in enumerate(monitor.plan.shards) if shard.first <= index < shard.first + shard.count)
    entry = {
        "batch": index,
        "pieces": table.size(index),
        "shard": shard,
        "state": str(STATES[table.states[index]]),
        "attempt": table.attempts[index],
    }
    event = event_at(monitor.run.shard(shard).journal, table.places[index]) if table.attempts[index] else None
    if event is None or event.batch != index:
        return entry
    told: dict[str, Any] = {name: event.payload[name] for name in TOLD if name in event.payload}
    if event.kind == EventType.BATCH_FAILED:
        told |= failure_entry(shard, event)
    return entry | {"time": event.time, "worker": event.source} | told | {"attempt": event.attempt or entry["attempt"]}
