"""Kill -9 Airflow's tasks, its triggerer and Kafka's broker at random moments: each message is counted exactly once."""

import json
import os
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from textwrap import dedent

import psutil
from kafka_topics import TestTopic
from standalone import standalone_airflow

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_STREAM_KILLS", "4"))
MESSAGES = int(os.environ.get("UNIFYWEAVER_STREAM_MESSAGES", "100000"))
SHARE = MESSAGES // (KILLS + 1)
"""So many are sent at a time, one of which a kill goes with."""
PARTITIONS = 4
VICTIMS = ["task", "task", "task", "broker", "triggerer"]
DAG_FILE = """
    from airflow_unifyweaver.dags import dag_from_job

    dag_from_job({{
        "name": "clicks",
        "source": {source},
        "batch": {{"batch_window": {{"seconds": 5}}}},
        "work": {{"command": "cat"}},
        "parallel": {{"backend": "bash_fork", "workers": 2}},
        "dag": {{"default_args": {{"retries": 100, "retry_delay": 0}}}},
    }})
"""


def send(topic, first):
    """Send a share of the messages in a thread, as the broker may be away."""
    numbers = range(first, first + SHARE)
    sender = threading.Thread(target=topic.send, args=[[b"%d" % number for number in numbers], None, 300])
    sender.start()
    return sender


def published(home):
    """Return the numbers in all published results."""
    return [
        int(line)
        for marker in (home / "unifyweaver" / "clicks").glob("*/clicks/result/_SUCCESS")
        for line in (marker.parent / "result.txt").read_text().splitlines()
    ]


def task_processes():
    """Return the processes of this session's Airflow that run a task."""
    return [process for process in psutil.Process().children(recursive=True) if is_task(process)]


def is_task(process):
    try:
        return "".join(process.cmdline()[:1]).startswith("airflow worker -- 0")
    except psutil.Error:  # it has ended meanwhile
        return False


def kill_one(processes):
    """Kill the first process that is still there, and tell whether there was one."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            return True
    return False


def kill(victim, airflow, kafka, generator):
    """Kill a part at a random moment, and have it come back some time later.

    :return: whether there was one: all that was sent may be published, and then no task runs.
    """
    if victim == "triggerer":
        airflow.kill("triggerer", generator.uniform(0, 3))
    elif victim == "broker":
        kafka.kill("broker")
        time.sleep(generator.uniform(0, 5))
        kafka.start()
    else:
        give_up = time.monotonic() + 20
        while not kill_one(task_processes()):
            if time.monotonic() > give_up:
                return False
            time.sleep(generator.uniform(0, 1))
    return True


def test_each_message_is_counted_exactly_once(kafka, tmp_path):
    generator = random.Random(f"{SEED} streams")
    topic = TestTopic(kafka, partitions=PARTITIONS)
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "clicks.py").write_text(dedent(DAG_FILE.format(source=json.dumps(topic.source()))))
    killed = Counter()
    with standalone_airflow(tmp_path, AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD=10) as airflow:
        sender, sent = send(topic, 0), SHARE
        deadline = time.monotonic() + 300 + 60 * KILLS
        while not published(tmp_path):
            assert time.monotonic() < deadline, f"no run was published, see {tmp_path}"
            time.sleep(1)
        victims = generator.sample(VICTIMS, KILLS, counts=[KILLS] * len(VICTIMS))
        while victims:
            assert time.monotonic() < deadline, f"too few could be killed: {dict(killed)}, see {tmp_path}"
            sender.join()
            sender, sent = send(topic, sent), sent + SHARE
            time.sleep(generator.uniform(0.5, 6))
            if kill(victims[0], airflow, kafka, generator):
                killed[victims.pop(0)] += 1
                print(dict(killed), flush=True)
        sender.join()
        while len(numbers := published(tmp_path)) < sent:
            assert time.monotonic() < deadline, f"{len(numbers)} of {sent} are published, see {tmp_path}"
            time.sleep(2)
    assert sorted(numbers) == list(range(sent))
    print(f"\n{sent} messages, each counted once; killed: {dict(killed)}")
