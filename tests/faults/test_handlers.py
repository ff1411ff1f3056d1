"""Handlers that raise, sleep or block: neither the result of a run nor its time is any different."""

import os
import random
import subprocess
import sys
import time

import pytest

from airflow_unifyweaver.events.bus import STUCK_SECONDS

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
ROUNDS = int(os.environ.get("UNIFYWEAVER_HANDLER_ROUNDS", "3"))
ALLOWED = 1.05 if ROUNDS >= 5 else 2
"""How much longer a run may take: `make faults` has the machine for itself, `make test` runs other tests beside."""
BATCHES = 80
UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
WORK = """
import threading
import time

def upper(batch):
    time.sleep(0.1)  # so that the time of a run is that of its work, whatever else the machine does
    return [line.upper() for line in batch]

def fine(event):
    pass

def raises(event):
    raise ValueError("no luck")

def sleeps(event):
    time.sleep(60)

def blocks(event):
    threading.Event().wait()
"""
EXPECTED = b"".join(b'"LINE %d"\n' % number for number in range(BATCHES))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(BATCHES)))
    (tmp_path / "handled.py").write_text(WORK)
    (tmp_path / "job.yaml").write_text(
        "name: handled\nsource: {type: text, path: lines.txt}\nbatch: {batch_size: 1}\n"
        "work: {python: 'handled:upper'}\nparallel: {backend: bash_fork, workers: 2}\n"
    )
    return tmp_path


def timed_run(folder, handler, topics):
    """Run the job with a handler, and return its seconds and its messages."""
    handlers = [f"--set=on_event.{topic}=['handled:{handler}']" for topic in topics]
    started = time.monotonic()
    done = subprocess.run(
        [*UNIFYWEAVER, "run", "job.yaml", *handlers], cwd=folder, capture_output=True, timeout=120, check=False
    )
    seconds = time.monotonic() - started
    assert (done.returncode, done.stdout) == (0, EXPECTED), done.stderr.decode()
    return seconds, done.stderr.decode()


def test_handlers_of_every_batch_change_neither_result_nor_time(folder):
    topics = ["batch_started", "batch_complete"]
    complaints = {
        "fine": "",
        "raises": f"event handler handled:raises: raised {len(topics) * BATCHES} times, missed 0 events",
        "sleeps": "event handler handled:sleeps is still busy; it is left behind",
        "blocks": "event handler handled:blocks is still busy; it is left behind",
    }
    seconds = {handler: [] for handler in complaints}
    order = random.Random(f"{SEED} handlers")
    for _ in range(ROUNDS):  # interleaved, so that what else the machine does meets all alike
        for handler in order.sample(sorted(complaints), len(complaints)):
            taken, messages = timed_run(folder, handler, topics)
            assert complaints[handler] in messages
            seconds[handler].append(taken)
    shortest = {handler: min(values) for handler, values in seconds.items()}  # the run that others disturbed least
    print("\n" + "; ".join(f"handler {handler}: {least:.2f} s" for handler, least in shortest.items()))
    assert shortest["fine"] >= 4
    for handler in ("raises", "sleeps", "blocks"):
        assert shortest[handler] <= ALLOWED * shortest["fine"], handler


def test_handler_that_blocks_at_the_last_event_costs_its_patience_only(folder):
    fine = timed_run(folder, "fine", ["batches_complete"])[0]
    blocked = timed_run(folder, "blocks", ["batches_complete"])[0]
    print(f"\nlast event: {fine:.2f} s, blocked {blocked:.2f} s")
    assert blocked <= ALLOWED * fine + STUCK_SECONDS
