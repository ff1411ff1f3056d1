"""How often a step on a cluster is ended."""

from contextlib import nullcontext

import pytest

from airflow_unifyweaver.operators.cluster_job import ClusterJobOperator

JOB = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}


class Step:
    """Has no launch to wait for, and counts how often it was ended."""

    def __init__(self):
        self.ended = 0

    def cancelled_on_error(self):
        return nullcontext()

    def start(self, *, join):
        return None

    def noted(self, reference):
        return None

    def finish(self, launch):
        self.ended += 1
        return {"shard": self.ended}


class Operator(ClusterJobOperator):
    def cluster_step(self, job, run, context):
        raise NotImplementedError

    def do_step(self, job, run, context):
        raise NotImplementedError


@pytest.fixture
def operator():
    return Operator(task_id="map", job=JOB, deferrable=False)


def test_an_undisturbed_step_ends_once(operator):
    for _ in range(2):  # a try after it in the same process has a result of its own
        step = Step()
        assert operator.on_cluster(step, {}) == {"shard": 1}
        assert step.ended == 1


def test_a_step_that_succeeded_before_is_ended_too(operator):
    operator._step = Step()
    assert operator.get_job_result({"launch": "4be1"}, {}) == {"shard": 1}
