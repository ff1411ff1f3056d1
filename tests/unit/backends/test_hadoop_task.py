"""Mappers and reducers of a streaming job, with pipes and sort in the place of Hadoop."""

import subprocess
import sys

import pytest
from placed_shards import wait_until

from airflow_unifyweaver.backends.hadoop_task import Mapper
from airflow_unifyweaver.backends.placement import launched
from airflow_unifyweaver.backends.reduction import reduction_of
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import locked
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import publish

TASK = [sys.executable, "-c", "from airflow_unifyweaver.backends.hadoop_task import main; main()"]
DONE = ShardSummary(2, 2, 0, 2)


def started(mapper):
    process = subprocess.Popen(TASK, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(mapper.to_line().encode())
    process.stdin.close()
    return process


def printed(mapper):
    process = started(mapper)
    with process:
        output = process.stdout.read()
    assert process.returncode == 0
    return output


def references(placements):
    return tuple(placement.reference for placement in placements)


def test_a_line_comes_back(tmp_path):
    mapper = Mapper(1, 2, 3, (f"{tmp_path}/with a space", "hdfs://host/0001.pickle"))
    assert Mapper.from_line(mapper.to_line()) == mapper


def test_a_mapper_takes_the_shards_of_those_that_do_not_run(plan_shards):
    with launched(plan_shards()) as placements:
        assert printed(Mapper(1, 3, 0, references(placements))) == b""
        assert [placement.outcome() for placement in placements] == [DONE] * 3


def test_a_mapper_waits_for_its_own_shards_and_leaves_those_of_others_to_them(plan_shards):
    works = plan_shards()
    with launched(works) as placements:
        shards = references(placements)
        with locked(works[2].run.shard(2).lock):
            assert printed(Mapper(1, 3, 0, shards)) == b""
            assert [placement.outcome() for placement in placements] == [DONE, DONE, None]
            waiting = started(Mapper(2, 3, 0, shards))
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
        with waiting:
            assert waiting.wait(60) == 0
        assert placements[2].outcome() == DONE


def test_a_mapper_of_a_cancelled_launch_ends_without_a_word(plan_shards):
    works = plan_shards("pairs", aggregation={"reduce": "sum", "by_key": True})
    with launched(works) as placements:
        with locked(works[0].run.shard(0).lock):
            waiting = started(Mapper(0, 1, 1, references(placements)))
            wait_until(lambda: placements[1].outcome() and placements[2].outcome())
            placements[0].cancel()
            with waiting:
                assert waiting.stdout.read() == b""
        assert waiting.returncode == 0


def test_reducers_get_what_all_mappers_have(plan_shards):
    (work, *_) = works = plan_shards("pairs", 60, aggregation={"reduce": "concat", "by_key": True})
    with launched(works) as placements:
        shards = references(placements)
        lines = [line for number in range(2) for line in printed(Mapper(number, 2, 2, shards)).splitlines(True)]
        reduction = reduction_of(placements[0], 2, 2)
        for part in range(2):  # as Hadoop's partitioner gives them to reducers
            share = b"".join(sorted(line for line in lines if line[0] % 2 == part))
            subprocess.run([*TASK, shards[0], "2"], input=share, check=True)
        plan = Plan.require(work.run)
        expected = publish(work.run, plan, work.spec.aggregation, 0).file.read_bytes()
        reduction.complete()
        assert b"".join(path.read_bytes() for path in sorted(reduction.folder.iterdir())) == expected
        assert publish(work.run, plan, work.spec.aggregation, 0).file.read_bytes() == expected
