"""Where the web pages of an engine show what it did for a run."""

from __future__ import annotations

import re
from contextlib import suppress

from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.run.directory import RunDirectory

_TRACKED = re.compile(r"(?:tracking URL|url to track the job): (https?://\S+)", re.IGNORECASE)
"""What the clients of Spark and Hadoop say of an application that YARN has; YARN knows of it afterwards, too."""


def engine_address(run: RunDirectory, first: int, scheduler: str | None = None) -> str | None:
    """Return the address of an engine's page about its work on a mapped task instance, or None when there is none.

    :param run: the run.
    :param first: the first shard of the instance.
    :param scheduler: the address of the scheduler of Dask that it may have been placed by.
    """
    logs = (run.path / "cluster" / f"{first:04d}").glob("**/*.log")
    for log in sorted(logs, key=lambda log: log.stat().st_mtime, reverse=True):
        found = _TRACKED.findall(log.read_text(errors="replace"))
        if found:
            return str(found[-1])
    return _dask_address(scheduler) if scheduler else None


def _dask_address(scheduler: str) -> str | None:
    from airflow_unifyweaver.backends.dask import dashboard_of

    with suppress(BackendError):
        return dashboard_of(scheduler)
    return None
