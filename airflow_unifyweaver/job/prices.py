"""What workers cost, for ``unifyweaver plan`` to tell what a run would."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import Text, wanted

BackendName = Literal["sequential", "bash_fork", "gnu_parallel", "dask", "spark", "hadoop_streaming"]
_Price = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
_Prices = Annotated[
    _Price | dict[BackendName, _Price],
    wanted("a price of 0 or more, or a table of such by backend, as {gnu_parallel: 0.05, spark: 0.12}"),
]
_HOUR = 3600


class Prices(Part):
    """What workers cost: a price for whichever backend, or a table with one for each that has a price."""

    currency: Text = Field(description="What the prices are in, such as EUR; it is shown with the costs.")
    worker_hour: _Prices = Field(description="Price of one worker for one hour.")
    start: _Prices = Field(default=0.0, description="Price of starting a run, whatever it takes then.")

    def cost(self, backend: str, workers: int, seconds: float) -> float | None:
        """Return what a run costs, or None when the backend has no price.

        :param backend: where it runs.
        :param workers: how many workers are kept for it.
        :param seconds: how long.
        """
        worker_hour, start = _price(self.worker_hour, backend), _price(self.start, backend)
        return None if worker_hour is None else worker_hour * workers * seconds / _HOUR + (start or 0.0)


def _price(prices: float | dict[BackendName, float], backend: str) -> float | None:
    if not isinstance(prices, dict):
        return prices
    return next((price for name, price in prices.items() if name == backend), None)
