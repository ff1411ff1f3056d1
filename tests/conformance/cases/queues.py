"""Messages of a RabbitMQ queue, compared with a file of them."""

import json
import shutil
from dataclasses import replace

import pika
from conformance.case import ADDRESS, WORK, cases

BY_KEY = {"reduce": "sum", "by_key": True}
ROWS = [{"id": number * 3, "city": f"city {number % 7}", "amount": number / 8} for number in range(101)]
FILE = "messages.jsonl"
QUEUE = "conformance"
COUNT = {"command": "grep -c 'city 3'", "ok_exit_codes": [0, 1]}
JOBS = {
    "values": ("json", {"batch_size": 10}, {"python": "work:rows"}, "concat"),
    "values by key": ("json", {"batch_key": "city"}, {"python": "work:rows"}, "concat"),
    "sums": ("json", {}, {"python": "work:amounts_by_city"}, BY_KEY),
    "lines": ("text", {"batch_bytes": 500}, {"command": "cat"}, "concat"),
    "command": ("text", {"batch_size": 9}, COUNT, "sum"),
}


def write(folder, _):
    shutil.copy(WORK, folder)
    (folder / FILE).write_text("".join(json.dumps(row) + "\n" for row in ROWS))


def publish(address):
    with pika.BlockingConnection(pika.URLParameters(address)) as connection, connection.channel() as channel:
        channel.queue_declare(QUEUE)
        channel.queue_purge(QUEUE)
        channel.tx_select()
        for row in ROWS:
            channel.basic_publish("", QUEUE, json.dumps(row).encode(), pika.BasicProperties(message_id=str(row["id"])))
        channel.tx_commit()


def on_queue(case):
    form = case.job["source"]
    queue = {"type": "rabbitmq", "url": ADDRESS, "queue": QUEUE, "format": form}
    return replace(
        case, job=case.job | {"source": queue}, reference={"source": {"type": form, "path": FILE}}, refill=publish
    )


CASES = {name: on_queue(case) for name, case in cases(JOBS, write, service="rabbitmq_address").items()}
