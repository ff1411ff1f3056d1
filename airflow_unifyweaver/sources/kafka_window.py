"""The part of a topic that a run is about: a range of offsets in each partition, kept in the run's spool."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import LATENESS
from airflow_unifyweaver.sources.kafka_ahead import Ahead, Metadata
from airflow_unifyweaver.sources.kafka_topic import Offsets, Topic
from airflow_unifyweaver.sources.spooled_file import new_file

_FILE = "window.json"


@dataclass(frozen=True)
class TopicWindow:
    """What a run takes from a topic.

    :param starts: the first offset in each partition.
    :param stops: the offset after the last; where a run leaves messages for later, that of the first one it leaves.
    :param ahead: what is published beyond the starts.
    :param then_ahead: what will be published beyond the stops, when the run is.
    """

    starts: Offsets
    stops: Offsets
    ahead: dict[int, Ahead] = field(default_factory=dict)
    then_ahead: dict[int, Ahead] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """How many messages there are at most."""
        return sum(self.stops[partition] - start for partition, start in self.starts.items())

    def save(self, spool: Path) -> None:
        """Keep it in a run's spool."""
        with new_file(spool / _FILE) as write:
            write(json.dumps({name: value for name, value in asdict(self).items() if value}).encode())

    @classmethod
    def load(cls, spool: Path) -> TopicWindow:
        """Read what a run keeps in its spool."""
        fields = json.loads((spool / _FILE).read_bytes())
        parts = {part: {int(number): value for number, value in fields[part].items()} for part in fields}
        for part in {"ahead", "then_ahead"} & parts.keys():
            parts[part] = {number: Ahead(**value) for number, value in parts[part].items()}
        return cls(parts.pop("starts", {}), parts.pop("stops", {}), **parts)


def unread(topic: Topic, column: int | str | None = None) -> TopicWindow:
    """Return all that a topic has beyond what its group has committed; all that it has in new partitions.

    :param column: the one with the times of messages, when the job waits for those that are late.
    :raises SourceError: when Kafka has deleted some of it, or some is published by another column.
    """
    partitions = topic.partitions()
    committed = topic.committed(partitions)
    starts, stops, ahead = {}, {}, {}
    for partition in partitions:
        low, high = topic.watermarks(partition)
        start = committed[partition].offset if partition in committed else low
        if start < low:
            raise topic.deleted(partition, start, low)
        if start > high:
            raise SourceError(
                f"{topic.place(partition, start)}: this is published, and the topic ends at {high}; was it made anew? "
                f"Then {topic.reset('--to-earliest')}"
            )
        starts[partition], stops[partition] = start, high
        if partition in committed and (found := Metadata.parse(committed[partition].metadata).ahead):
            ahead[partition] = found
            if found.stop > start and found.column != column:
                raise _cut_otherwise(topic, partition, start, found)
    return TopicWindow(starts, stops, ahead)


def _cut_otherwise(topic: Topic, partition: int, start: int, ahead: Ahead) -> SourceError:
    return SourceError(
        f"{topic.place(partition, start)}: of the messages from here up to offset {ahead.stop}, some are published: "
        f"{LATENESS} chose them by column {ahead.column!r}. Go on with both, or let the job have another source.group; "
        f"to take all of these messages once more, {topic.reset('--to-current')}"
    )
