"""One process at a time works on a shard."""

import multiprocessing

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.lock import is_locked, locked


def hold(path, held, release):
    with locked(path):
        held.set()
        release.wait(30)


def test_second_process_is_refused_until_the_first_dies(tmp_path):
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    path = tmp_path / "shard" / "lock"
    holder = context.Process(target=hold, args=(path, held, release))
    holder.start()
    assert held.wait(30)
    with pytest.raises(RunError, match="another process is working here"), locked(path):
        pass
    assert is_locked(path)
    holder.kill()
    holder.join()
    assert not is_locked(path)
    with locked(path):
        pass


def test_asking_for_a_lock_makes_none(tmp_path):
    assert not is_locked(tmp_path / "lock")
    assert not list(tmp_path.iterdir())
