"""Old runs: which may go, and that those which somebody works on stay."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.kept_windows import RunWindows
from airflow_unifyweaver.run.lock import HeldError, locked
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.retention import SETTLED_SECONDS, old_runs, remove_remains
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message


def stored(path, age=0.0, published=True):
    """Make the directory of a run in which nothing changed for so many seconds."""
    run = RunDirectory(path)
    files = [run.job_file, run.shard(0).journal, run.shard(0).lock]
    for file in [*files, run.result / MARKER] if published else files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1234")
    for folder, _, names in os.walk(path):
        for name in (".", *names):
            os.utime(Path(folder, name), (time.time() - age,) * 2)
    return run


def names(storage, keep=0):
    return [str(old.run.path.relative_to(storage)) for old in old_runs(storage, 50, keep)]


def test_runs_are_old_when_nothing_in_them_changed_for_long(tmp_path):
    for name, age in (("a", 100), ("b", 10), ("c", 200)):
        stored(tmp_path / "job" / name, age)
    stored(tmp_path / "job" / "d", 100).shard(0).journal.write_text("news")
    assert names(tmp_path) == ["job/c", "job/a"]
    assert [old.size for old in old_runs(tmp_path, 50, 0)] == [4 * 4 + folders(tmp_path / "job" / "a")] * 2


def folders(path):
    return sum(os.lstat(folder).st_size for folder, _, _ in os.walk(path))


def test_the_last_runs_of_each_job_are_kept(tmp_path):
    for age in (100, 200, 300):
        stored(tmp_path / "one" / f"{age}", age)
        stored(tmp_path / "dag" / f"{age}" / "job", age)
        stored(tmp_path / "dag" / f"{age}" / "other", age + 1000)
    stored(tmp_path / "dag" / "100" / "job.superseded-1", 150)
    assert names(tmp_path, keep=2) == ["dag/300/job", "dag/200/job", "dag/300/other", "one/300"]
    for keep in range(4, 10):
        assert names(tmp_path, keep) == []


def test_links_are_not_followed_and_other_folders_are_no_runs(tmp_path):
    storage, away = tmp_path / "storage", stored(tmp_path / "away" / "run", 100)
    (storage / "job").mkdir(parents=True)
    (storage / "link").symlink_to(away.path.parent)
    (storage / "job" / "link").symlink_to(away.path)
    (storage / "job" / "folder").mkdir()
    (storage / "file").touch()
    assert names(storage) == []


def test_what_a_run_links_to_stays_when_it_is_removed(tmp_path):
    away = tmp_path / "away"
    away.mkdir()
    (away / "file").touch()
    run = stored(tmp_path / "storage" / "dag" / "run" / "job", 100)
    (run.path / "link").symlink_to(away)
    os.utime(run.path, (1, 1))
    old_runs(tmp_path / "storage", 0, 0)[0].remove()
    assert (away / "file").exists()
    assert list((tmp_path / "storage" / "dag").iterdir()) == []


def hold(path, held, release):
    with locked(path):
        held.set()
        release.wait(60)


@pytest.mark.parametrize("lock", ["lock", "shards/0000/lock", "shards/0007/lock", "cluster/0000/lock"])
def test_a_run_that_somebody_works_on_stays(tmp_path, lock):
    run = stored(tmp_path / "job" / "1", 100)
    context = multiprocessing.get_context("fork")
    held, release = context.Event(), context.Event()
    worker = context.Process(target=hold, args=(run.path / lock, held, release))
    worker.start()
    assert held.wait(30)
    (old,) = old_runs(tmp_path, 0, 0)
    assert old.is_in_use()
    with pytest.raises(HeldError):
        old.remove()
    assert run.job_file.exists()
    release.set()
    worker.join()
    assert not old.is_in_use()
    old.remove()
    assert not run.path.exists()


def test_a_run_that_may_be_planned_just_now_is_in_use(tmp_path):
    stored(tmp_path / "job" / "1", SETTLED_SECONDS + 10, published=False)
    stored(tmp_path / "job" / "2", SETTLED_SECONDS - 10, published=False)
    stored(tmp_path / "job" / "3", 0, published=True)
    assert [old.is_in_use() for old in old_runs(tmp_path, 0, 0)] == [False, True, False]


def test_messages_are_held_by_a_run_until_they_are_in_a_result_or_in_the_run_in_its_place(tmp_path):
    folder = tmp_path / "dag" / "run"
    aside = [stored(folder / f"job.superseded-{number}", 100, published=False) for number in (1, 2)]
    fresh = stored(folder / "job", 90, published=False)
    assert [old.holds_messages() for old in old_runs(tmp_path, 0, 0)] == [False] * 3
    for run, queue in zip(aside, ("mistaken", "q"), strict=True):
        window_of(run).keep(queue, [Message(b"a\n", None, 0.0)])
    window_of(fresh).inherit(window_of(aside[1]))
    assert holding(tmp_path) == {"job.superseded-1", "job"}
    (fresh.result / MARKER).parent.mkdir()
    (fresh.result / MARKER).touch()
    assert holding(tmp_path) == {"job.superseded-1"}


def window_of(run):
    return KeptWindow(RunWindows(run).own())


def holding(storage):
    return {old.run.name for old in old_runs(storage, 0, 0) if old.holds_messages()}


def listed(path, age):
    path.write_text("[1]\n")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_the_lists_of_a_dag_run_go_with_its_last_run(tmp_path):
    folder = tmp_path / "dag" / "run"
    for job, age in (("a", 90), ("b", 80), ("c", 10)):
        stored(folder / job, age)
    lists = [listed(folder / name, 70) for name in ("a.items.jsonl", "group.b.items.jsonl")]
    first, second = old_runs(tmp_path, 50, 0)
    assert (first.item_lists(), first.item_lists([folder / "b"])) == ([], [])
    first.remove()
    second.remove()
    assert all(path.exists() for path in lists)
    (last,) = old_runs(tmp_path, 5, 0)
    assert sorted(last.item_lists()) == lists
    last.remove()
    assert not folder.exists()


def test_the_list_that_a_dag_run_wrote_lately_stays(tmp_path):
    run = stored(tmp_path / "dag" / "run" / "a", 90)
    fresh = listed(run.path.parent / "a.items.jsonl", 10)
    (old,) = old_runs(tmp_path, 50, 0)
    old.remove()
    assert list(run.path.parent.iterdir()) == [fresh]


def test_other_files_beside_runs_stay(tmp_path):
    for run in ("dag/run/a", "job/1"):
        stored(tmp_path / run, 90)
    kept = [listed(tmp_path / "dag" / "run" / "notes.jsonl", 90), listed(tmp_path / "job" / "x.items.jsonl", 90)]
    for old in old_runs(tmp_path, 50, 0):
        old.remove()
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == kept


def test_what_a_stopped_removal_left_is_no_run_and_goes(tmp_path):
    stored(tmp_path / "job" / "1", 100)
    remains = stored(tmp_path / "job" / ".removed-2", 100)
    assert names(tmp_path) == ["job/1"]
    remove_remains(tmp_path)
    assert not remains.path.exists()
    assert names(tmp_path) == ["job/1"]
