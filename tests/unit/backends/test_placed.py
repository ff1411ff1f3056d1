"""A shard on a worker of a cluster, in the processes that it has there."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from placed_shards import wait_until

from airflow_unifyweaver.backends.cluster import ATTEMPTS
from airflow_unifyweaver.backends.placed import run_shard
from airflow_unifyweaver.backends.placement import launched
from airflow_unifyweaver.exceptions import BackendError, JobFailedError
from airflow_unifyweaver.run.coordinator import ShardSummary


def run_in_thread(placement):
    thread = threading.Thread(target=run_shard, args=[str(placement.path)])
    thread.start()
    return thread


def is_alive(pid):
    try:
        return b"\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def at_work(folder):
    return [int(mark.name.split()[-1]) for mark in folder.glob("at work *")]


def test_a_shard_is_worked_on(plan_shards):
    works = plan_shards()
    with launched(works) as placements:
        run_shard(str(placements[2].path))
        assert placements[2].outcome() == ShardSummary(2, 2, 0, 2)
        assert [placement.outcome() for placement in placements[:2]] == [None, None]


def test_a_shard_that_is_over_is_not_begun(plan_shards):
    works = plan_shards("waits")
    with launched(works) as placements:
        placements[0].cancel()
        run_shard(str(placements[0].path))
        assert placements[0].outcome() is None


def test_a_failed_shard_tells_why_and_stops_the_others(plan_shards):
    works = plan_shards("fails", retry={"max_attempts": 1})
    with launched(works) as placements:
        run_shard(str(placements[1].path))
        assert isinstance(placements[1].outcome(), JobFailedError)
        assert placements[0].is_cancelled


def test_an_error_of_the_worker_is_told_in_one_line(plan_shards, capfd):
    works = plan_shards()
    with launched(works) as (placement, *_):
        placement.path.write_bytes(b"torn")
        run_shard(str(placement.path))
        outcome = placement.outcome()
    assert isinstance(outcome, BackendError)
    assert f"shard 0 on {os.uname().nodename}: UnpicklingError: " in str(outcome)
    assert "Traceback" in capfd.readouterr().err


def test_a_cancelled_shard_stops_with_all_its_processes(plan_shards, tmp_path):
    with launched(plan_shards("waits")) as (placement, *_):
        thread = run_in_thread(placement)
        wait_until(lambda: at_work(tmp_path))
        placement.cancel()
        thread.join(10)
        assert not thread.is_alive()
        wait_until(lambda: not any(map(is_alive, at_work(tmp_path))))


def test_a_shard_ends_with_the_worker_that_it_is_on(plan_shards, tmp_path):
    with launched(plan_shards("waits")) as (placement, *_):
        code = f"from airflow_unifyweaver.backends.placed import run_shard; run_shard({str(placement.path)!r})"
        worker = subprocess.Popen([sys.executable, "-c", code])
        wait_until(lambda: at_work(tmp_path))
        worker.kill()
        worker.wait()
        wait_until(lambda: not any(map(is_alive, at_work(tmp_path))))


def test_a_process_that_was_killed_is_started_again(plan_shards, tmp_path):
    works = plan_shards("kills_coordinator")
    (tmp_path / "kills").write_text(str(ATTEMPTS - 1))
    with launched(works) as (placement, *_):
        run_shard(str(placement.path))
        assert placement.outcome() == ShardSummary(2, 2, 0, 2)
    assert len(list(tmp_path.glob("killed *"))) == ATTEMPTS - 1


def test_a_process_that_is_killed_again_and_again_is_given_up(plan_shards, tmp_path):
    works = plan_shards("kills_coordinator")
    (tmp_path / "kills").write_text("9")
    with launched(works) as (placement, *_):
        run_shard(str(placement.path))
        outcome = placement.outcome()
        assert placement.is_cancelled
    assert isinstance(outcome, BackendError)
    assert f"was killed by SIGKILL; it was started {ATTEMPTS} times" in str(outcome)
    assert len(list(tmp_path.glob("killed *"))) == ATTEMPTS


def test_who_comes_second_waits_for_the_process_that_has_the_shard(plan_shards):
    with launched(plan_shards()) as placements:
        threads = [run_in_thread(placements[0]) for _ in range(2)]
        for thread in threads:
            thread.join(60)
        assert placements[0].outcome() == ShardSummary(2, 2, 0, 2)
