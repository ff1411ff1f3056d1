"""Prices of workers."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.job.prices import Prices


def test_one_price_is_that_of_every_backend():
    prices = Prices(currency="EUR", worker_hour=0.5)
    assert prices.cost("spark", 4, 1800) == prices.cost("dask", 4, 1800) == 1.0


def test_a_table_prices_the_backends_in_it():
    prices = Prices(currency="EUR", worker_hour={"dask": 1, "spark": 2.5}, start={"spark": 0.5})
    assert prices.cost("dask", 1, 3600) == 1.0
    assert prices.cost("spark", 2, 3600) == 5.5
    assert prices.cost("sequential", 1, 3600) is None


@pytest.mark.parametrize("price", [-1, "1", True, float("inf"), {"sparc": 1}, {"spark": -1}, {"auto": 1}])
@pytest.mark.parametrize("field", ["worker_hour", "start"])
def test_what_is_no_price_is_refused(field, price):
    with pytest.raises(JobError) as caught:
        Parallel(prices={"currency": "EUR", "worker_hour": 1} | {field: price})
    assert str(caught.value).startswith(
        f"prices.{field}: wanted a price of 0 or more, or a table of such by backend, as "
        "{gnu_parallel: 0.05, spark: 0.12}"
    )


def test_prices_need_a_currency():
    with pytest.raises(JobError, match=r"prices\.currency"):
        Parallel(prices={"worker_hour": 1})
