"""The dask backend, without a cluster; those with one are in the conformance, fault and integration tests."""

import pytest

from airflow_unifyweaver.backends import dask
from airflow_unifyweaver.backends.dask import DaskBackend, scheduler_of
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.job.backend_options import DaskOptions
from airflow_unifyweaver.job.parallel import Parallel


@pytest.mark.parametrize(
    ("options", "scheduler"),
    [
        ({}, "threads"),
        ({"address": "tcp://dask:8786"}, "distributed"),
        ({"scheduler": "processes"}, "processes"),
        ({"scheduler": "distributed", "address": "tcp://dask:8786"}, "distributed"),
    ],
)
def test_an_address_means_the_scheduler_there(options, scheduler):
    assert scheduler_of(DaskOptions(**options)) == scheduler


@pytest.mark.parametrize(("scheduler", "missing"), [("threads", "dask"), ("distributed", "distributed")])
def test_a_library_that_is_missing_is_named_with_what_installs_it(scheduler, missing, monkeypatch):
    monkeypatch.setattr(dask.importlib.util, "find_spec", lambda name: None if name == missing else object())
    reason = DaskBackend.unusable(Parallel(dask={"scheduler": scheduler}))
    assert reason == f"{missing} is not installed; pip install 'airflow-unifyweaver[dask]'"


@pytest.mark.parametrize(
    ("address", "reason"),
    [("tcp://127.0.0.1:1", "Timed out trying to connect"), ("dask:x:y", "invalid address"), ("carrier://x:1", "")],
)
def test_an_address_that_does_not_answer_is_one_clear_error(address, reason, monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_SECONDS", 0.2)
    with pytest.raises(BackendError) as caught:
        DaskBackend.available(Parallel(dask={"address": address}))
    assert f"dask: the scheduler at {address} (parallel.dask.address) does not answer: " in str(caught.value)
    assert reason in str(caught.value)
