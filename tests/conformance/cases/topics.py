"""Messages of a Kafka topic, which each run reads as a consumer group of its own, compared with a file of them."""

import json
import shutil
from dataclasses import replace

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from conformance.case import ADDRESS, THIS_RUN, WORK, cases

BY_KEY = {"reduce": "sum", "by_key": True}
BEGIN = 1_700_000_000
ROWS = [
    {"id": number * 3, "city": f"city {number % 7}", "at": BEGIN + number, "amount": number / 8}
    for number in range(101)
]
PARTITIONS = {0: ROWS[::2], 1: ROWS[1::2]}
FILE = "messages.jsonl"
"""Has the messages in the order in which they are read: partition by partition."""
TOPIC = "conformance"
WINDOWS = {"batch_window": {"seconds": 10}}
WINDOWS_OF_ROWS = {"batch_window": {"seconds": 10, "column": "at"}}
"""The same of a file, by the time in its rows, which is that of the messages."""
ADAPTIVE = {"adaptive": {"target_seconds": 0.1}}
COUNT = {"command": "grep -c 'city 3'", "ok_exit_codes": [0, 1]}
REFUSE = {"command": """awk '/"id": 27,/ { exit 1 } { print }'"""}
SET_ASIDE = "messages that fail are set aside"
JOBS = {
    "values": ("json", {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "values by key": ("json", {"batch_key": "city"}, {"python": "work:rows"}, "concat"),
    "sums": ("json", {}, {"python": "work:amounts_by_city"}, BY_KEY),
    "lines": ("text", {"batch_bytes": 500}, {"command": "cat"}, "concat"),
    "lines by key": ("text", {"batch_key": 5}, {"command": "cat"}, "concat"),
    "command": ("text", {"batch_size": 9}, COUNT, "sum"),
    "values of windows": ("json", WINDOWS, {"python": "work:rows"}, "concat"),
    "lines of windows": ("text", WINDOWS, {"command": "wc -l"}, "concat"),
    "values, adaptive": ("json", ADAPTIVE, {"python": "work:rows"}, "concat"),
    "lines, adaptive": ("text", ADAPTIVE, {"command": "cat"}, "concat"),
    "every first attempt fails": ("text", {"batch_size": 10}, {"python": "work:fails_once"}, "concat"),
    SET_ASIDE: ("text", {"batch_size": 25}, REFUSE, "concat"),
}


def write(folder, address):
    shutil.copy(WORK, folder)
    (folder / FILE).write_text("".join(json.dumps(row) + "\n" for rows in PARTITIONS.values() for row in rows))
    topic = NewTopic(TOPIC, len(PARTITIONS), 1, config={"retention.ms": "-1"})
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([topic])[TOPIC].result()
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True})
    for partition, rows in PARTITIONS.items():
        for row in rows:
            producer.produce(TOPIC, json.dumps(row), partition=partition, timestamp=1_000 * row["at"])
    assert producer.flush(60) == 0


def is_of_the_second_partition(outcome, _):
    return [(entry["partition"], entry["offset"]) for entry in outcome.set_aside] == [(1, 4)]


def on_topic(case):
    form = case.job["source"]
    topic = {"type": "kafka", "bootstrap_servers": ADDRESS, "topic": TOPIC, "group": THIS_RUN, "format": form}
    file = {"source": {"type": form, "path": FILE}}
    if case.job["batch"] == WINDOWS:
        file = {"source": {"type": "json", "path": FILE}, "batch": WINDOWS_OF_ROWS}
    return replace(case, job=case.job | {"source": topic}, reference=file, steady=case.job["batch"] != ADAPTIVE)


CHECKS = {SET_ASIDE: is_of_the_second_partition}
CASES = {name: on_topic(case) for name, case in cases(JOBS, write, CHECKS, service="kafka_address").items()}
CASES[SET_ASIDE] = replace(CASES[SET_ASIDE], job=CASES[SET_ASIDE].job | {"failure": {"quarantine": "record"}})
