"""What goes through an engine's shuffle, and what its reducers make of it."""

import pytest

from airflow_unifyweaver.backends import reduction as module
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.backends.placement import launched
from airflow_unifyweaver.backends.reduction import reduction_of
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import publish
from airflow_unifyweaver.run.reduced import Reduced

BY_KEY = {"reduce": "sum", "by_key": True}
LINES = 60
REDUCTIONS = ("sum", "concat", "set_union", "count_distinct", "avg")


@pytest.fixture
def finished(plan_shards):
    """Runs a job's shards; returns the work on the first, and the reduction that a launch of them would end with."""

    def finished(reducers, reduce="sum", **fields):
        works = plan_shards("pairs", LINES, aggregation={"reduce": reduce, "by_key": True}, **fields)
        with launched(works) as placements:
            for placement in placements:
                run_shard(str(placement.path))
            return works[0], reduction_of(placements[0], reducers, 3)

    return finished


def shuffled(reduction):
    """Do what an engine does: bring the chunks of each part together, and reduce them in their order."""
    bounds = reduction.bounds()
    chunks = sorted(chunk for shard in range(reduction.shards) for chunk in reduction.split(shard, bounds))
    for part in {chunk.part for chunk in chunks}:
        reduction.write(part, (chunk.data for chunk in chunks if chunk.part == part))
    return chunks


def merged(work):
    """Publish, and return the result and whether an engine has made it."""
    plan = Plan.require(work.run)
    reduced = Reduced.load(work.run)
    made = reduced is not None and reduced.is_valid(work.run, len(plan.shards))
    return publish(work.run, plan, work.spec.aggregation, 0).file.read_bytes(), made


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_the_parts_in_a_row_are_what_publishing_would_merge(finished, reduce, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 40)
    work, reduction = finished(4, reduce)
    expected, made = merged(work)
    assert not made
    chunks = shuffled(reduction)
    assert {chunk.part for chunk in chunks} == {0, 1, 2, 3}
    reduction.complete()
    counts = merged(work)
    assert counts == (expected, True)


def test_the_keys_are_shared_out_evenly(finished):
    _, reduction = finished(4, work={"python": "work:lines_as_keys"}, batch={"batch_size": 20})
    sizes = [0] * 4
    for chunk in shuffled(reduction):
        sizes[chunk.part] += chunk.data.count(b"\n")
    assert min(sizes) > max(sizes) / 3


def test_there_are_no_more_parts_than_keys(finished):
    work, reduction = finished(9, "count", work={"python": "work:one_key"})
    expected, _ = merged(work)
    shuffled(reduction)
    reduction.complete()
    assert [part.name for part in Reduced.load(work.run).parts] == [f"{reduction.launch}/part_00000.jsonl"]
    assert merged(work) == (expected, True)


def test_a_part_that_is_missing_is_named_and_publishing_merges(finished):
    work, reduction = finished(3)
    shuffled(reduction)
    missing = reduction.folder / "part_00001.jsonl"
    missing.unlink()
    with pytest.raises(RunError, match=f"^{missing}: the engine did not reduce this part$"):
        reduction.complete()
    assert merged(work)[1] is False


def test_a_part_that_was_altered_is_not_published(finished):
    work, reduction = finished(3)
    expected, _ = merged(work)
    shuffled(reduction)
    reduction.complete()
    part = reduction.folder / "part_00002.jsonl"
    part.write_bytes(part.read_bytes().replace(b"1", b"2"))
    assert merged(work) == (expected, False)


def test_parts_of_other_commits_are_not_published(finished):
    work, reduction = finished(3)
    shuffled(reduction)
    reduction.complete()
    journal = work.run.shard(1).journal
    lines = journal.read_bytes().splitlines(keepends=True)
    checksum = next(line for line in lines if b'"checksum"' in line)
    journal.write_bytes(b"".join(line for line in lines if line != checksum))
    assert not Reduced.load(work.run).is_valid(work.run, reduction.shards)


def test_damaged_results_are_not_reduced(finished):
    work, reduction = finished(3)
    for segment in work.run.shard(0).segments.iterdir():
        segment.write_bytes(segment.read_bytes().replace(b"1", b"2"))
    with pytest.raises(RunError, match="results of shard 0 are damaged"):
        shuffled(reduction)


def test_what_was_reduced_before_is_forgotten(finished):
    work, reduction = finished(3)
    shuffled(reduction)
    with launched([work]) as (first, *_):
        assert reduction_of(first, 3, 3) is not None
    assert not work.run.reduced.exists()


@pytest.mark.parametrize(
    ("reducers", "fields"),
    [(0, {}), (2, {"parallel": {"backend": "dask", "workers": 1, "map_tasks": 2}})],
)
def test_what_an_engine_does_not_reduce(finished, reducers, fields):
    assert finished(reducers, **fields)[1] is None


def test_results_that_are_not_by_key_are_not_reduced(plan_shards):
    with launched(plan_shards()) as (first, *_):
        assert reduction_of(first, "auto", 3) is None


def test_the_size_is_that_of_what_is_committed(finished):
    work, reduction = finished(3)
    segments = [path for shard in range(reduction.shards) for path in work.run.shard(shard).segments.iterdir()]
    assert reduction.size() == sum(path.stat().st_size for path in segments) > 0


def test_as_many_parts_as_workers(finished):
    assert finished("auto")[1].parts == 3
