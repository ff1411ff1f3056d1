"""Planning batches of the messages of a Kafka topic: ranges of offsets, found without reading what is between them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import batch_bytes
from airflow_unifyweaver.sources.grouping import Grouping, grouping_of
from airflow_unifyweaver.sources.kafka_closed import ClosedRecords, EventTimes, closed_before
from airflow_unifyweaver.sources.kafka_records import RecordKeys, WindowRecords
from airflow_unifyweaver.sources.kafka_times import closed_window, windows_of
from airflow_unifyweaver.sources.kafka_topic import Topic, TopicEntry, open_topic, topic_entry
from airflow_unifyweaver.sources.kafka_window import TopicWindow, unread
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.spool import spooled

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch, Window
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.service_source import KafkaSource

SAMPLE = 100
"""How many messages of each partition are looked at to know how large they are."""


def plan_kafka(source: KafkaSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan the messages between what the job's group has committed and the end of each partition.

    Where they end is found when the first batch is asked for; a run keeps it in its spool. With ``batch_key``, and with
    windows of a column, it keeps the messages themselves there, sorted.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder.
    :raises SourceError: from the recipes, when the topic cannot be read.
    """
    entry = topic_entry(source, job.name)
    manifest: Manifest = {"type": "kafka", "format": source.format, **entry}
    grouping = grouping_of(job.batch)
    waiting = job.batch.waiting_window()
    if grouping is not None and waiting is not None:
        return spooled(manifest, spool, partial(_closed, manifest, waiting, grouping, spool))
    if grouping is not None:
        return spooled(manifest, spool, partial(_regrouped, manifest, job.batch, grouping, spool))
    plan = SourcePlan(manifest, 0, iter(()))

    def recipes() -> Iterator[Recipe]:
        with open_topic(entry) as topic:
            yield from _planned(plan, topic, job.batch, workers, spool)

    plan.recipes = recipes()
    return plan


def _planned(plan: SourcePlan, topic: Topic, batch: Batch, workers: int, spool: Path) -> Iterator[Recipe]:
    window = _taken(topic, batch, spool)
    mean = mean_bytes(topic, window)
    plan.size, plan.unit = round(mean * window.messages), mean
    if batch.batch_window is not None:
        for part in windows_of(topic, window, batch.batch_window.seconds):
            yield {"parts": list(_ranges(part, part.messages))}
        return
    count = batch.batch_size or max(1, round(batch_bytes(batch, plan.size, workers) / max(mean, 1.0)))
    yield from _ranges(window, count)


def _taken(topic: Topic, batch: Batch, spool: Path) -> TopicWindow:
    """Return what a run takes, having kept that in its spool."""
    now = time.time()  # first of all, as closed_window() says
    window = unread(topic)
    if batch.batch_window is not None:
        window = closed_window(topic, window, batch.batch_window.seconds, now)
    window.save(spool)
    return window


def _regrouped(manifest: Manifest, batch: Batch, grouping: Grouping, spool: Path, folder: Path) -> SourcePlan:
    """Write messages into a folder of the spool, and plan batches by a column."""
    with open_topic(cast("TopicEntry", manifest)) as topic:
        keys = RecordKeys(manifest["format"], grouping)
        return regroup(WindowRecords(topic, _taken(topic, batch, spool), keys), grouping, folder)


def _closed(manifest: Manifest, window: Window, grouping: Grouping, spool: Path, folder: Path) -> SourcePlan:
    """Write the records of windows that are over into a folder of the spool, and plan a batch of each window."""
    before = closed_before(window)  # first of all: what comes while the topic is looked at may belong before this
    times = EventTimes(manifest["format"], grouping)
    with open_topic(cast("TopicEntry", manifest)) as topic:
        records = ClosedRecords(topic, unread(topic, grouping.column), times, window, before)
        plan = regroup(records, grouping, folder)
    records.report()
    records.taken().save(spool)
    return plan


def _ranges(window: TopicWindow, count: int) -> Iterator[Recipe]:
    """Yield ranges of so many offsets at most, partition by partition."""
    for partition, first in window.starts.items():
        for start in range(first, window.stops[partition], count):
            yield {"file": partition, "start": start, "stop": min(start + count, window.stops[partition])}


def mean_bytes(topic: Topic, window: TopicWindow) -> float:
    """Return the mean size of the messages, as the first ones of each partition have it."""
    sizes = [
        len(message.value() or b"") + 1
        for partition, start in window.starts.items()
        for message in topic.messages(partition, start, min(start + SAMPLE, window.stops[partition]))
    ]
    return sum(sizes) / len(sizes) if sizes else 0.0
