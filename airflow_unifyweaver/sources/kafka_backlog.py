"""What a job has not taken from its Kafka topic yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.kafka_closed import ClosedRecords, EventTimes, closed_before
from airflow_unifyweaver.sources.kafka_plan import mean_bytes
from airflow_unifyweaver.sources.kafka_times import closed_window
from airflow_unifyweaver.sources.kafka_topic import Offsets, Topic, open_topic, parsed_settings, topic_entry
from airflow_unifyweaver.sources.kafka_window import TopicWindow, unread

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch, Window
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.service_source import KafkaSource


def kafka_backlog(source: KafkaSource, job: BatchJob, address: str | None) -> KafkaBacklog:
    """Return the backlog of a job.

    :param address: the settings that its connection holds, when it names one.
    """
    entry = topic_entry(source, job.name)
    if source.conn_id is None or address is None:
        topic = open_topic(entry)
    else:
        topic = Topic(parsed_settings(source.conn_id, address), entry["topic"], entry["group"])
    return KafkaBacklog(topic, job.batch, source.format)


class KafkaBacklog:
    """A :class:`~airflow_unifyweaver.sources.stream.StreamBacklog`.

    A run is due when a window of time with messages is over; without windows, when there is a whole batch of the size
    that the job wants; and when it leaves that open, as soon as there is a message. When late messages are waited for,
    the first message of a partition has to be of a window that is over.

    :param topic: the topic, with the group whose offsets say what was taken.
    :param batch: how the job is cut into batches.
    :param form: what messages are, ``text`` or ``json``.
    """

    def __init__(self, topic: Topic, batch: Batch, form: str) -> None:
        self._topic = topic
        self._batch = batch
        self._form = form
        self._open: tuple[int, Offsets] | None = None

    def ready(self) -> dict[str, Any] | None:
        """Return the offsets up to which a run would take messages now; None while none is due."""
        now = time.time()  # first of all, as closed_window() says
        waiting = self._batch.waiting_window()
        window = unread(self._topic, None if waiting is None else waiting.column)
        if waiting is not None and not self._begins(window, waiting):
            return None
        if self._batch.batch_window is not None:
            window = closed_window(self._topic, window, self._batch.batch_window.seconds, now)
        if window.messages < (self._batch.batch_size or 1):
            return None
        if self._batch.batch_bytes and mean_bytes(self._topic, window) * window.messages < self._batch.batch_bytes:
            return None
        return {"messages": window.messages, "stops": {str(number): stop for number, stop in window.stops.items()}}

    def _begins(self, unread: TopicWindow, waiting: Window) -> bool:
        """Tell whether the first message of a partition is of a window that is over.

        Those that are not are not looked at again before another window is.
        """
        before, grouping = closed_before(waiting), grouping_of(self._batch)
        look = before, {number: start for number, start in unread.starts.items() if start < unread.stops[number]}
        if grouping is None or look == self._open:
            return False
        times = EventTimes(self._form, grouping)
        begins = ClosedRecords(self._topic, unread, times, waiting, before).begins()
        self._open = None if begins else look
        return begins

    def close(self) -> None:
        """Leave the broker."""
        self._topic.consumer.close()
