"""The position of a job in a Kafka topic: the committed offsets of a consumer group.

Beside each stands, as Kafka's metadata of a committed offset, the run that has claimed what follows, and what is
published beyond the offset. All is written in transactions of one name, so that of two processes that have looked at it
only the later one can write.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.job.batch import LATENESS
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.kafka_ahead import Ahead, Metadata
from airflow_unifyweaver.sources.kafka_topic import ANSWER_SECONDS, Offsets, Topic, open_topic, topic_entry
from airflow_unifyweaver.sources.kafka_window import TopicWindow

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.service_source import KafkaSource


def kafka_position(source: KafkaSource, job: BatchJob) -> KafkaPosition:
    """Return the position of a job in its topic."""
    return KafkaPosition(open_topic(topic_entry(source, job.name)))


class KafkaPosition:
    """A :class:`~airflow_unifyweaver.sources.stream.StreamPosition`.

    :param topic: the topic, with the group whose offsets are the position.
    """

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._kafka = extra_module("confluent_kafka", "kafka", "source.type kafka")
        self._producer: Any = None

    def enter(self) -> str | None:
        """Begin to change the position, so that nobody can any more who entered before.

        :return: the place of the run that has claimed what follows it, if one has.
        """
        self._producer = self._kafka.Producer(
            self._topic.settings | {"transactional.id": f"{self._topic.group} {self._topic.name}"}
        )
        with self._topic.errors():
            self._producer.init_transactions(ANSWER_SECONDS)
        return self.holder()

    def holder(self) -> str | None:
        """Return the place of the run that has claimed what follows the position, if one has."""
        places = self._topic.committed(self._topic.partitions()).values()
        return next((holder for place in places if (holder := Metadata.parse(place.metadata).holder) is not None), None)

    def begins(self, spool: Path) -> bool:
        """Tell whether what a run has planned begins at the position."""
        window = TopicWindow.load(spool)
        return all(
            (place.offset, Metadata.parse(place.metadata).ahead) == (window.starts[number], window.ahead.get(number))
            for number, place in self._topic.committed(window.starts).items()
        )

    def claim(self, spool: Path, place: str) -> None:
        """Write down that a run has planned what follows the position."""
        window = TopicWindow.load(spool)
        self._write(window.starts, window.ahead, place)

    def advance(self, spool: Path) -> None:
        """Commit the offsets at which a run has ended."""
        window = TopicWindow.load(spool)
        self._write(window.stops, window.then_ahead, None)

    def close(self) -> None:
        """Leave the broker."""
        self._producer = None
        self._topic.consumer.close()

    def lost(self) -> str:
        """Return what to do when the run that claims what follows is gone for good."""
        places = self._topic.committed(self._topic.partitions()).values()
        aheads = [(place.offset, Metadata.parse(place.metadata).ahead) for place in places]
        if any(ahead is not None and ahead.stop > offset for offset, ahead in aheads):
            return (
                f"{self._topic.reset('--to-current')}; what {LATENESS} has published beyond it is then taken once more"
            )
        return self._topic.reset("--to-current")

    def _write(self, offsets: Offsets, ahead: Mapping[int, Ahead], holder: str | None) -> None:
        places = [
            self._topic.at(number, offset, Metadata(ahead.get(number), holder).text())
            for number, offset in offsets.items()
        ]
        try:
            self._producer.begin_transaction()
            group = self._topic.consumer.consumer_group_metadata()
            self._producer.send_offsets_to_transaction(places, group, ANSWER_SECONDS)
            self._producer.commit_transaction(ANSWER_SECONDS)
        except self._kafka.KafkaException as error:
            if error.args[0].code() != self._kafka.KafkaError._FENCED:  # noqa: SLF001 - as Kafka's client names it
                raise self._topic.failed(error) from None
            raise RunError(
                f"topic {self._topic.name}, group {self._topic.group}: another run is being planned or published at "
                "the same time; try again when it is, and let one run of a stream be active at a time"
            ) from None
