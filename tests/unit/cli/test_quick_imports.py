"""Importing without searching for garbage."""

import gc

import pytest

from airflow_unifyweaver.cli.quick_imports import quick_imports


def test_what_is_made_meanwhile_is_kept_from_the_collector():
    before = gc.get_freeze_count()
    with quick_imports():
        assert not gc.isenabled()
        made = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)
    gc.unfreeze()


def test_the_collector_works_again_after_an_error():
    with pytest.raises(KeyError), quick_imports():
        raise KeyError
    assert gc.isenabled()
    gc.unfreeze()
