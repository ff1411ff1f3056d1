"""Send clicks to a Kafka topic, which is made if there is none, and say how many each page got.

tools/clicks.py --bootstrap-servers localhost:9092 --clicks 10000 --seconds 20
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

PAGES = ("/", "/cart", "/help", "/search")
PARTITIONS = 4


def make_topic(servers: str, name: str) -> None:
    """Make a topic, unless there is one."""
    admin = AdminClient({"bootstrap.servers": servers})
    if name not in admin.list_topics(timeout=20).topics:
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result()


def send(servers: str, name: str, clicks: int, seconds: float) -> Counter[str]:
    """Send clicks evenly over some time, and return how many each page got."""
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    chance, sent = random.Random(clicks), Counter[str]()  # noqa: S311 - no secret
    for number in range(clicks):
        page = chance.choices(PAGES, (5, 1, 1, 3))[0]
        producer.produce(name, json.dumps({"page": page, "user": number % 97}))
        producer.poll(0)
        sent[page] += 1
        time.sleep(seconds / clicks)
    producer.flush()
    return sent


def main() -> None:
    """Send what the arguments say."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    parser.add_argument("--topic", default="clicks")
    parser.add_argument("--clicks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    try:
        make_topic(arguments.bootstrap_servers, arguments.topic)
        sent = send(arguments.bootstrap_servers, arguments.topic, arguments.clicks, arguments.seconds)
    except KafkaException as error:
        raise SystemExit(f"{arguments.bootstrap_servers}: {error.args[0].str()}; does Kafka run there?") from None
    sys.stdout.writelines(f"{json.dumps([page, sent[page]], separators=(',', ':'))}\n" for page in sorted(sent))


if __name__ == "__main__":
    main()
