"""Kill -9 runs over a topic, and its broker, at random moments: whoever comes next, each message is counted once."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import count

import pytest
from kafka_topics import TestTopic

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_STREAM_KILLS", "4"))
MESSAGES = int(os.environ.get("UNIFYWEAVER_STREAM_MESSAGES", "100000"))
CHUNK = 2_000


@pytest.fixture
def topic(kafka):
    """A topic that gets all messages over some time, whether its broker is there or not."""
    topic = TestTopic(kafka, partitions=4)
    sender = threading.Thread(target=send, args=[topic], daemon=True)
    sender.start()
    yield topic
    sender.join()


def send(topic):
    for start in range(0, MESSAGES, CHUNK):
        topic.send([b"%d" % number for number in range(start, start + CHUNK)], seconds=300)
        time.sleep(3 * KILLS * CHUNK / MESSAGES)


def published(folder):
    """Return the numbers in all published results."""
    markers = folder.glob("runs/*/result/_SUCCESS")
    return [int(line) for marker in markers for line in (marker.parent / "result.txt").read_text().splitlines()]


def test_each_message_is_counted_exactly_once(kafka, topic, tmp_path):
    generator = random.Random(f"{SEED} runs")
    job = {
        "name": "numbers",
        "source": topic.source(),
        "batch": {"batch_size": 5_000},
        "work": {"command": "cat"},
        "parallel": {"backend": "bash_fork", "workers": 2},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    numbers, killed = count(), {"run": 0, "broker": 0, "resumed": 0}
    run = None
    deadline = time.monotonic() + 300 + 30 * KILLS
    while killed["run"] + killed["broker"] < KILLS or len(published(tmp_path)) < MESSAGES:
        assert time.monotonic() < deadline, f"{len(published(tmp_path))} of {MESSAGES} are published, {killed}"
        if run is None or generator.random() < 0.6:
            run = f"runs/{next(numbers)}"
        else:
            killed["resumed"] += 1
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", "job.json", "--run-dir", run]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
        if killed["run"] + killed["broker"] < KILLS:
            disturb(process, kafka, generator, killed)
        process.wait()
    assert sorted(published(tmp_path)) == list(range(MESSAGES))
    assert "Traceback" not in (tmp_path / "log").read_text()
    print(f"\n{MESSAGES} messages in {next(numbers)} runs, each counted once; killed: {killed}")


def disturb(process, kafka, generator, killed):
    """Kill a run, or the broker, if the run has not ended by then."""
    try:
        process.wait(generator.uniform(0.5, 5))
    except subprocess.TimeoutExpired:
        if generator.random() < 0.25:
            kafka.kill("broker")
            time.sleep(generator.uniform(0, 3))
            kafka.start()
            killed["broker"] += 1
        else:
            os.killpg(process.pid, signal.SIGKILL)
            killed["run"] += 1
