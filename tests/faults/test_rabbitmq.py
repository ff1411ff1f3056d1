"""Kill -9 planners, workers and RabbitMQ's broker at random moments: each message with an id is counted exactly once.

A run that was killed is resumed, at once or after others that found the queue as it had left it.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from textwrap import dedent

import psutil
import pytest
from rabbitmq_queues import queue_on

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
KILLS = int(os.environ.get("UNIFYWEAVER_STREAM_KILLS", "4"))
MESSAGES = int(os.environ.get("UNIFYWEAVER_STREAM_MESSAGES", "100000")) // 10
ROUNDS = 10
JOB = """
    name: messages
    source: {{type: rabbitmq, url_from_env: BROKER, queue: {queue}, prefetch: 100}}
    batch: {{batch_size: 50}}
    work: {{command: "sleep 0.01; cat"}}
    retry: {{max_attempts: 10, delay: 0}}
    parallel: {{backend: bash_fork, workers: 2}}
"""


class Runs:
    """Runs of a job as processes, which are killed now and then.

    :param queue: the queue that they read.
    :param folder: gets the job and the runs.
    """

    def __init__(self, queue, folder):
        self._queue = queue
        self._folder = folder
        self._generator = random.Random(f"{SEED} {queue.name}")
        self._job = folder / "job.yaml"
        self._job.write_text(dedent(JOB.format(queue=queue.name)))
        self._left = []
        self._made = 0
        self.killed = {"planner or all": 0, "worker": 0, "broker": 0}

    def published(self):
        """Return the numbers in all results."""
        markers = self._folder.glob("runs/*/result/_SUCCESS")
        return [int(line) for marker in markers for line in (marker.parent / "result.txt").read_text().splitlines()]

    def make(self, disturbed=True):
        """Begin a run, or take up one that was left."""
        if self._left and self._generator.random() < 0.5:
            run = self._left.pop(self._generator.randrange(len(self._left)))
        else:
            self._made += 1
            run = self._folder / "runs" / str(self._made)
        if not self._bring_to_its_end(run, disturbed=disturbed):
            self._left.append(run)

    def finish(self):
        """Bring all to their ends, and take what is left in the queue."""
        while self._left:
            assert self._bring_to_its_end(self._left.pop(), disturbed=False)
        while self._queue.count:
            self.make(disturbed=False)

    def _bring_to_its_end(self, run, *, disturbed):
        command = [sys.executable, "-m", "airflow_unifyweaver.cli", "run", self._job, "--run-dir", run]
        env = os.environ | {"BROKER": self._queue.broker.url}
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        if disturbed:
            self._disturb(process)
        _, errors = process.communicate()
        self._queue.broker.start()
        assert process.returncode == 0 or disturbed, errors.decode()
        return process.returncode == 0

    def _disturb(self, process):
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._generator.uniform(0.5, 2.5))
            return
        victim = self._generator.choices(list(self.killed), [2, 2, 1])[0]
        self.killed[victim] += getattr(self, f"_kill_{victim.split()[0]}")(process)

    def _kill_planner(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        return True

    def _kill_worker(self, process):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            while process.poll() is None:
                if workers := psutil.Process(process.pid).children(recursive=True):
                    self._generator.choice(workers).kill()
                    return True
                time.sleep(0.05)  # it is planned yet
        return False

    def _kill_broker(self, process):
        self._queue.broker.kill("broker")
        return True


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_each_message_is_counted_exactly_once(rabbitmq, tmp_path, kind):
    share = MESSAGES // ROUNDS
    deadline = time.monotonic() + 180 + 60 * KILLS
    with queue_on(rabbitmq, kind) as queue:
        runs = Runs(queue, tmp_path)
        rabbitmq.settle()
        published = 0
        while sum(runs.killed.values()) < KILLS or published < MESSAGES:
            assert time.monotonic() < deadline
            if queue.count < share:  # also after the last of them: a run without messages ends before it is killed
                ids = [str(number) for number in range(published, published + share)]
                queue.publish(map(str.encode, ids), ids)
                published += share
            runs.make(disturbed=sum(runs.killed.values()) < KILLS)
        runs.finish()
        assert queue.count == 0
    assert sorted(runs.published()) == list(range(published))
    print(f"\n{published} messages of a {kind} queue, each counted once; killed: {runs.killed}")
