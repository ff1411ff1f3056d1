"""Topics for tests, with messages in them."""

import itertools
import uuid

from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

_NUMBERS = itertools.count()


class TestTopic:
    """A new topic.

    :param kafka: the broker.
    :param settings: more of Kafka's settings for it.
    """

    __test__ = False

    def __init__(self, kafka, partitions=2, **settings):
        self.name = f"topic{next(_NUMBERS)}-{uuid.uuid4().hex[:6]}"
        self._kafka = kafka
        named = {name.replace("_", "."): str(value) for name, value in settings.items()}
        topic = NewTopic(self.name, partitions, 1, config=named)
        self._admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        self._admin.create_topics([topic])[self.name].result()
        self._producer = Producer(
            {
                "bootstrap.servers": kafka.bootstrap_servers,
                "enable.idempotence": True,
                "queue.buffering.max.messages": 2_000_000,
            }
        )
        self.partitions = partitions

    def send(self, values, at=None, seconds=60):
        """Send messages to the partitions in turn, and return when they are there.

        :param at: the time of all of them in milliseconds after the epoch; now, if absent.
        :param seconds: how long the broker may be away.
        """
        time = {} if at is None else {"timestamp": at}
        for number, value in enumerate(values):
            self._producer.produce(self.name, value, partition=number % self.partitions, **time)
            self._producer.poll(0)
        assert self._producer.flush(seconds) == 0

    def delete_before(self, offset):
        """Have Kafka delete the messages of the first partition before an offset, as its retention does in time."""
        place = TopicPartition(self.name, 0, offset)
        self._admin.delete_records([place])[place].result()

    def reset(self, group, offset):
        """Do what ``kafka-consumer-groups --reset-offsets`` does, for the first partition."""
        places = ConsumerGroupTopicPartitions(group, [TopicPartition(self.name, 0, offset)])
        self._admin.alter_consumer_group_offsets([places])[group].result()

    def source(self, **fields):
        """Return the source of a job that reads it."""
        return {"type": "kafka", "bootstrap_servers": self._kafka.bootstrap_servers, "topic": self.name, **fields}
