"""The spark backend as a hook."""

from __future__ import annotations

from typing import Any

from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.job.parallel import Parallel

_OWN = ("master", "executor_memory", "driver_memory", "num_executors", "packages")


class SparkHook(BackendHook):
    """Workers in Spark's executors.

    The connection's extra may hold ``workers``, the ``master``, ``executor_memory``, ``driver_memory``,
    ``num_executors`` and ``packages``, with commas between them.
    """

    backend = "spark"
    conn_type = "unifyweaver_spark"
    hook_name = "UnifyWeaver Spark"
    fields = ("workers", *_OWN)

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:
        """Return the number of workers and Spark's options, where the job leaves them open."""
        own = {name: extra[name] for name in _OWN if extra.get(name)}
        if isinstance(own.get("packages"), str):
            own["packages"] = own["packages"].replace(",", " ").split()
        said = parallel.spark.model_dump(mode="json", exclude_defaults=True)
        return super().options(parallel, extra) | ({"spark": own | said} if own else {})

    def test_connection(self) -> tuple[bool, str]:
        """Look whether an application can be submitted from this machine, and whether its master answers."""
        from airflow_unifyweaver.backends.spark_submit import check_master

        usable, answer = super().test_connection()
        if not usable:
            return usable, answer
        try:
            check_master(Parallel(**self.options(Parallel(), self._extra())).spark)
        except BackendError as error:
            return False, str(error)
        return usable, answer
