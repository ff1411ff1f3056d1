"""Runs whose journals are written line by line."""

import json
from datetime import UTC, datetime

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.monitor.run_monitor import RunMonitor
from airflow_unifyweaver.run.directory import RunDirectory, batch_id
from airflow_unifyweaver.run.plan import Plan, Shard

START = 1_800_000_000
JOB = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}


def at(second):
    return datetime.fromtimestamp(START + second, UTC).isoformat(timespec="microseconds")


class Written:
    """A run with a journal that tests write.

    :param path: its directory.
    :param shards: how many batches each shard has.
    """

    def __init__(self, path, shards, *, adaptive=False, quarantine="none"):
        self.run = RunDirectory(path)
        firsts = [sum(shards[:number]) for number in range(len(shards))]
        self.plan = Plan(
            "run", "job", "source", sum(shards), 1_000, "bash_fork", [],
            [Shard(first, count, 0, 0) for first, count in zip(firsts, shards, strict=True)],
            list(range(len(shards))), adaptive,
        )  # fmt: skip
        path.mkdir()
        job = JOB | {"failure": {"quarantine": quarantine}}
        self.run.job_file.write_text(json.dumps({"base_dir": "/", "job": job}))
        self.plan.write(self.run)
        for number in range(len(shards)):
            self.run.shard(number).path.mkdir(parents=True)

    def write(self, event_type, batch=None, *, second=0, attempt=0, source="coordinator", shard=0, **payload):
        name = None if batch is None else batch_id(batch)
        event = Event(event_type, source, name, payload, "run", shard, attempt, at(second))
        with self.run.shard(shard).journal.open("ab") as journal:
            journal.write(event.to_line())
        return event

    def begin(self, batch, *, second=0, attempt=1, shard=0, slot=1, **payload):
        self.write(EventType.BATCH_READY, batch, second=second, shard=shard)
        self.write(EventType.BATCH_CLAIMED, batch, second=second, attempt=attempt, shard=shard, **payload)
        self.write(EventType.BATCH_STARTED, batch, second=second, attempt=attempt, shard=shard, source=f"worker.{slot}")

    def complete(self, batch, *, second=0, attempt=1, shard=0, slot=1, took=100.0, **payload):
        facts = {"results_count": 1, "processing_time_ms": took, "memory_mb": 20.0} | payload
        self.write(
            EventType.BATCH_COMPLETE,
            batch,
            second=second,
            attempt=attempt,
            shard=shard,
            source=f"worker.{slot}",
            **facts,
        )

    def fail(self, batch, error, *, second=0, attempt=1, shard=0, source="worker.1", **payload):
        facts = {"error": error, "retry_count": attempt - 1} | payload
        self.write(EventType.BATCH_FAILED, batch, second=second, attempt=attempt, shard=shard, source=source, **facts)

    def monitor(self):
        monitor = RunMonitor(self.run, self.plan)
        monitor.look(60)
        return monitor
