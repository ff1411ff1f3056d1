"""A Kafka topic as planners and readers see it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.sources.connections import provided
from airflow_unifyweaver.sources.extras import extra_module

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

    from airflow_unifyweaver.job.service_source import KafkaSource

ANSWER_SECONDS = 20.0
"""How long a broker may take to answer."""
SILENT_SECONDS = 60.0
"""After how long without a message that must come a read is given up."""
_AT_ONCE = 10_000
_LOOK_SECONDS = 0.1
_SERVERS = "bootstrap.servers"
_PASSING = {
    "_ALL_BROKERS_DOWN",
    "_RESOLVE",
    "_TIMED_OUT",
    "_TRANSPORT",
    "COORDINATOR_LOAD_IN_PROGRESS",
    "COORDINATOR_NOT_AVAILABLE",
    "LEADER_NOT_AVAILABLE",
    "NOT_COORDINATOR",
    "NOT_LEADER_FOR_PARTITION",
}
"""Names of errors of Kafka's client that may be gone a moment later."""

Offsets = dict[int, int]
"""An offset in each partition."""
Settings = dict[str, Any]
"""What librdkafka is configured with."""

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


class TopicEntry(TypedDict):
    """A topic in a manifest: with the address of its brokers, or the connection that has it."""

    topic: str
    group: str
    bootstrap_servers: str | None
    conn_id: str | None


def topic_entry(source: KafkaSource, job_name: str) -> TopicEntry:
    """Return what a manifest says of a source's topic."""
    group = source.group or f"unifyweaver.{job_name}"
    return TopicEntry(
        topic=source.topic, group=group, bootstrap_servers=source.bootstrap_servers, conn_id=source.conn_id
    )


def open_topic(entry: TopicEntry) -> Topic:
    """Open the topic of a manifest.

    :raises JobError: when its connection is not known here, or the settings are wrong.
    """
    return Topic(settings_of(entry), entry["topic"], entry["group"])


def settings_of(entry: TopicEntry) -> Settings:
    """Return how to reach the brokers of a topic.

    :raises JobError: when the environment does not say what the connection is, or that is no settings of Kafka.
    """
    if entry["conn_id"] is None:
        return {_SERVERS: entry["bootstrap_servers"]}
    return parsed_settings(entry["conn_id"], provided(entry["conn_id"], "source.bootstrap_servers"))


def parsed_settings(conn_id: str, text: str) -> Settings:
    """Return the settings that a connection holds as JSON.

    :raises JobError: when it holds something else, without showing it.
    """
    try:
        settings = json.loads(text)
    except ValueError:
        settings = None
    if not isinstance(settings, dict) or not settings.get(_SERVERS):
        raise JobError(f"connection {conn_id} wants the settings of librdkafka as JSON, with {_SERVERS} among them")
    return settings


class Topic:
    """A topic, and a consumer that is at nobody's service but this object's.

    :param settings: how to reach its brokers.
    :param name: the topic's.
    :param group: the consumer group whose committed offsets are its position.
    :raises JobError: when the settings are wrong.
    """

    def __init__(self, settings: Mapping[str, Any], name: str, group: str) -> None:
        self.name = name
        self.group = group
        self.settings = {"logger": log, **settings}
        self._kafka = extra_module("confluent_kafka", "kafka", "source.type kafka")
        own = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 20,  # another place is looked for only when the broker has answered for the last one
            "queued.max.messages.kbytes": 16_384,
        }
        self._next: tuple[int, int] | None = None
        try:
            self.consumer: Consumer = self._kafka.Consumer(self.settings | own)
        except (self._kafka.KafkaException, TypeError, ValueError) as error:
            raise JobError(f"source: {self._servers}: Kafka's client refuses its settings: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.consumer.close()

    def partitions(self) -> list[int]:
        """Return the numbers of the topic's partitions.

        :raises SourceError: when there is no such topic, or no broker answers.
        """
        with self.errors():
            known = self.consumer.list_topics(timeout=ANSWER_SECONDS).topics
        found = known.get(self.name)
        if found is None or found.error is not None:
            names = [name for name in known if not name.startswith("__")]
            reason = f" ({found.error.str()})" if found is not None and found.error is not None else ""
            raise SourceError(
                f"source.topic: there is no topic {self.name!r} on {self._servers}{reason}"
                f"{did_you_mean(self.name, names)}"
            )
        return sorted(found.partitions)

    def watermarks(self, partition: int) -> tuple[int, int]:
        """Return the first offset that a partition still has, and the one that its next message gets."""
        place = self.at(partition)
        return self._asked(lambda: self.consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS))

    def committed(self, partitions: Iterable[int]) -> dict[int, TopicPartition]:
        """Return what the group has committed, for the partitions where it has."""
        wanted = [self.at(number) for number in partitions]
        if not wanted:
            return {}
        places = self._asked(lambda: self._known(self.consumer.committed(wanted, timeout=ANSWER_SECONDS)))
        return {place.partition: place for place in places if place.offset >= 0}

    def at_time(self, milliseconds: int, ends: Offsets) -> Offsets:
        """Return, for each partition, the offset of the first message of a time or later.

        :param ends: the partitions, each with the offset to return where there is no such message.
        """
        wanted = [self.at(partition, milliseconds) for partition in ends]
        found = self._asked(lambda: self._known(self.consumer.offsets_for_times(wanted, timeout=ANSWER_SECONDS)))
        offsets = {place.partition: place.offset for place in found}
        return {
            partition: min(offsets[partition], end) if offsets[partition] >= 0 else end
            for partition, end in ends.items()
        }

    def messages(self, partition: int, start: int, stop: int) -> Iterator[Message]:
        """Yield the messages of a partition from one offset up to another.

        There may be fewer than offsets: compaction removes some, and transactions take some for themselves.

        :raises SourceError: when messages have been deleted meanwhile, or do not come.
        """
        if start >= stop:
            return
        if self._next != (partition, start):
            with self.errors():
                self.consumer.assign([self.at(partition, start)])
        self._next = None
        position = start
        for message, position in self._arrivals(partition, start, stop):
            if message.error() is None and position <= stop:
                yield message
        if position == stop:  # what follows can be read without looking for it
            self._next = (partition, stop)

    def _arrivals(self, partition: int, start: int, stop: int) -> Iterator[tuple[Message, int]]:
        """Yield what comes, each with the offset that follows it, until nothing can come any more before ``stop``."""
        deadline = time.monotonic() + SILENT_SECONDS
        while start < stop:
            before = start
            with self.errors():
                came = self.consumer.consume(min(stop - start, _AT_ONCE), _LOOK_SECONDS)
            for message in came:
                start = self._position(message, partition, start)
                yield message, start
            if start > before:  # what came may be nothing but errors that pass
                deadline = time.monotonic() + SILENT_SECONDS
            elif time.monotonic() > deadline:
                raise SourceError(
                    f"{self.place(partition, start)}: no message came in {SILENT_SECONDS:.0f} s, though there are some "
                    f"before offset {stop}; check the brokers at {self._servers}"
                )

    def place(self, partition: int, offset: int) -> str:
        """Return what to call a message."""
        return f"topic {self.name}, partition {partition}, offset {offset}"

    def at(self, partition: int, offset: int = 0, metadata: str = "") -> TopicPartition:
        """Return a place in the topic, as Kafka's client wants it."""
        place: TopicPartition = self._kafka.TopicPartition(self.name, partition, offset, metadata)
        return place

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what Kafka's client raises as an error that names the brokers.

        :raises SourceError: with the reason.
        """
        try:
            yield
        except self._kafka.KafkaException as error:
            raise self.failed(error) from None

    def failed(self, error: KafkaException) -> SourceError:
        """Return the error for something that the brokers did not do."""
        return SourceError(
            f"source: Kafka at {self._servers}: {error.args[0].str()}; check that its brokers run and can be reached, "
            "and what they ask for"
        )

    def deleted(self, partition: int, start: int, first: int | None = None) -> SourceError:
        """Return the error for messages that Kafka has deleted before they were read."""
        lost = "" if first is None else f": {first - start} of them, the first that is left is {first}"
        return SourceError(
            f"{self.place(partition, start)}: Kafka's retention has deleted messages from here on that were not read"
            f"{lost}; to go on without them, {self.reset('--to-earliest')}"
        )

    def reset(self, where: str) -> str:
        """Return how a person moves the position of the group."""
        return (
            f"run kafka-consumer-groups --bootstrap-server {self.settings[_SERVERS]} --group {self.group} "
            f"--topic {self.name} --reset-offsets {where} --execute"
        )

    def _asked(self, ask: Callable[[], _Answer]) -> _Answer:
        """Return an answer of the brokers; which of them knows may just have changed, or be about to.

        :raises SourceError: when there is none.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return ask()
            except self._kafka.KafkaException as error:
                if error.args[0].name() not in _PASSING or time.monotonic() > deadline:
                    raise self.failed(error) from None
            time.sleep(_LOOK_SECONDS)

    def _known(self, places: list[TopicPartition]) -> list[TopicPartition]:
        """Return what is known of partitions; one that the brokers could not tell of looks as if it had nothing.

        :raises KafkaException: when there is such a one.
        """
        for place in places:
            if place.error is not None:
                raise self._kafka.KafkaException(place.error)
        return places

    def _position(self, message: Message, partition: int, start: int) -> int:
        """Return the offset that follows what has come.

        :raises SourceError: when that is an error.
        """
        error = message.error()
        if error is None:
            return int(message.offset() or 0) + 1
        if error.name() == "_PARTITION_EOF":
            return int(message.offset() or 0)
        if error.name() in {"_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"}:
            raise self.deleted(partition, start)
        if error.name() in _PASSING:
            return start  # the client goes on by itself; if it cannot, no message comes
        raise self.failed(self._kafka.KafkaException(error))

    @property
    def _servers(self) -> str:
        return str(self.settings[_SERVERS])
