"""What stands in the run's directory of a shard that is placed on a cluster."""

import pickle
import sys

import pytest

from airflow_unifyweaver.backends.placement import Placement, launched, summaries
from airflow_unifyweaver.exceptions import BackendError, JobFailedError, RunError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.lock import HeldError

SUMMARY = ShardSummary(batches=2, completed=2, failed=0, results=2)


def test_work_comes_back_as_it_was_for_one_slot(plan_shards):
    works = plan_shards()
    assert works[0].settings.workers == 3
    with launched(works) as placements:
        assert [placement.shard for placement in placements] == [0, 1, 2]
        read = placements[1].read_work()
        assert (read.run, read.shard, read.settings.workers) == (works[1].run, works[1].shard, 1)


def test_modules_are_found_where_the_run_was_started(plan_shards, monkeypatch):
    with monkeypatch.context() as there:
        there.setattr(sys, "path", [*sys.path, "/far/away"])
        with launched(plan_shards()) as (placement, *_):
            there.undo()
            monkeypatch.setattr(sys, "path", list(sys.path))
            placement.read_work()
            placement.read_work()
            assert sys.path.count("/far/away") == 1


def test_another_version_on_the_worker_is_refused_before_anything_else_is_read(tmp_path):
    placement = Placement(tmp_path / "0000.pickle")
    placement.path.write_bytes(pickle.dumps(("0.0.7", [])) + b"nothing that this version could read")
    with pytest.raises(BackendError, match=r"the run was started by 0\.0\.7; install the same version"):
        placement.read_work()


def test_an_outcome_comes_back(tmp_path):
    placement = Placement(tmp_path / "0004.pickle")
    assert placement.outcome() is None
    assert not placement.is_over
    placement.write_outcome(SUMMARY)
    assert placement.outcome() == SUMMARY
    assert placement.is_over
    assert not placement.is_cancelled


def test_an_error_comes_back_as_its_public_kind_and_stops_the_others(tmp_path):
    first, second = (Placement(tmp_path / f"000{number}.pickle") for number in range(2))
    first.write_outcome(HeldError("held"))
    assert type(first.outcome()) is RunError
    assert second.is_over
    assert second.outcome() is None


def test_whatever_ends_a_launch_stops_its_shards(plan_shards):
    def interrupted(works, placements):
        with launched(works) as launch:
            placements += launch
            assert not any(placement.is_over for placement in placements)
            raise KeyboardInterrupt

    placements = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(plan_shards(), placements)
    assert all(placement.is_cancelled for placement in placements)


def test_a_launch_stops_what_one_before_it_left(plan_shards):
    works = plan_shards()
    with launched(works) as (left, *_):
        (left.path.parent / "cancelled").unlink(missing_ok=True)
    (left.path.parent / "cancelled").unlink()  # as after a kill
    with launched(works) as (fresh, *_):
        assert left.is_cancelled
        assert not fresh.is_cancelled


def test_the_error_of_one_shard_is_that_of_all(tmp_path):
    placements = [Placement(tmp_path / f"000{number}.pickle") for number in range(3)]
    placements[2].write_outcome(JobFailedError("too many batches failed"))
    with pytest.raises(JobFailedError, match=r"^too many batches failed$"):
        summaries(placements, "dask", ValueError("cancelled"))


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (None, "dask: shard 1 is not finished: the cluster did not come to it"),
        (ValueError("lost"), "dask: shard 1 is not finished: ValueError: lost"),
        (BackendError("no answer"), "no answer"),
    ],
)
def test_a_shard_that_nothing_came_of_is_named_with_what_the_cluster_says(tmp_path, failure, message):
    placements = [Placement(tmp_path / f"000{number}.pickle") for number in range(2)]
    placements[0].write_outcome(SUMMARY)
    with pytest.raises(BackendError) as caught:
        summaries(placements, "dask", failure)
    assert str(caught.value) == message


def test_what_came_of_all_shards_counts_whatever_the_cluster_says(tmp_path, caplog):
    placement = Placement(tmp_path / "0000.pickle")
    placement.write_outcome(SUMMARY)
    assert summaries([placement], "dask", ValueError("lost")) == [SUMMARY]
    assert caplog.messages == ["dask: all shards are finished, but thereafter: ValueError: lost"]
