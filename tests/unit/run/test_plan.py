"""The plan: what is written is what each shard reads."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.exceptions import RunError, SourceError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import (
    Plan,
    automatic_tasks,
    divide,
    read_batches,
    read_manifest,
    write_batches,
    write_plan,
)
from airflow_unifyweaver.sources.base import SourcePlan


def recipes(count):
    return [
        {"file": 0, "start": number * 10, "stop": number * 10 + 10, "note": {"deep": [{}]}} for number in range(count)
    ]


def make(run, found, tasks=0):
    source = SourcePlan({"type": "text", "files": []}, 1000, iter(found))
    starts = write_batches(run, source)
    return write_plan(
        run, source, starts, run_id="run", job_digest="job", backend="sequential", notices=[], tasks=tasks
    )


@pytest.mark.parametrize(("count", "tasks"), [(0, 0), (1, 0), (7, 3), (7, 7), (7, 100), (1000, 0)])
def test_shards_read_back_all_batches_in_order(tmp_path, count, tasks):
    run = RunDirectory(tmp_path / "run")
    plan = make(run, recipes(count), tasks)
    assert Plan.require(run) == plan
    read = [batch for shard in plan.shards for batch in read_batches(run, shard)]
    assert [batch.index for batch in read] == list(range(count))
    assert [json.loads(batch.recipe) for batch in read] == recipes(count)
    assert read_manifest(run) == {"type": "text", "files": []}


@pytest.mark.parametrize("recipe", [{"file": 3, "start": 0, "stop": 10**12}, {"stop": 2, "start": 1, "file": 0}])
def test_ranges_are_written_as_the_json_that_others_are(tmp_path, recipe):
    run = RunDirectory(tmp_path / "run")
    make(run, [recipe])
    (line,) = run.batches_file.read_text().splitlines()
    fields = {name: recipe[name] for name in ("file", "start", "stop")}
    assert line == json.dumps({"batch_id": "batch_00000", "recipe": fields}, separators=(",", ":"))


def test_a_plan_that_was_cut_is_named(tmp_path):
    run = RunDirectory(tmp_path / "run")
    (shard,) = make(run, recipes(3), 1).shards
    lines = run.batches_file.read_bytes().splitlines(keepends=True)
    run.batches_file.write_bytes(b"".join(lines[:2]))
    with pytest.raises(RunError, match=r"batches\.jsonl: damaged, a batch is missing or cut short; start a fresh run"):
        list(read_batches(run, shard))


def test_plan_that_breaks_off_is_no_plan(tmp_path):
    def broken():
        yield {"file": 0}
        raise SourceError("unclosed quote")

    run = RunDirectory(tmp_path / "run")
    with pytest.raises(SourceError):
        make(run, broken())
    assert Plan.load(run) is None
    assert [path.name for path in run.batches_file.parent.iterdir()] == []
    with pytest.raises(RunError, match="there is no plan here"):
        Plan.require(run)


@given(st.integers(0, 500), st.integers(1, 80))
def test_shards_are_even_and_complete(batches, tasks):
    shards = divide(range(0, (batches + 1) * 7, 7), tasks)
    assert 1 <= len(shards) <= tasks
    assert sum(shard.count for shard in shards) == batches
    assert max(shard.count for shard in shards) - min(shard.count for shard in shards) <= 1
    assert shards[0].first == 0
    assert all(left.first + left.count == right.first for left, right in pairwise(shards))
    assert all((shard.offset, shard.length) == (shard.first * 7, shard.count * 7) for shard in shards)


@given(st.integers(0, 10**7))
def test_automatic_tasks_never_exceed_the_limit(batches):
    assert automatic_tasks(batches) <= 64
    assert (automatic_tasks(batches) == 0) == (batches == 0)
