"""The knobs of the package that are not fields of a job, all in one place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from airflow_unifyweaver.exceptions import JobError

STORAGE_VARIABLE = "UNIFYWEAVER_STORAGE"
"""Environment variable with the folder, or its URL, under which the command line keeps its runs."""
DEFAULT_STORAGE = ".unifyweaver"
"""Where the command line keeps its runs when nothing else is said, below the current directory."""
STAGING_VARIABLE = "UNIFYWEAVER_STAGING"
"""Environment variable with the folder of this machine for copies of runs whose storage is a URL."""

MAX_MAP_TASKS = 64
"""Most mapped task instances that ``map_tasks: auto`` makes: each costs Airflow about 0.24 s."""
BATCHES_PER_MAP_TASK = 100
"""How many batches ``map_tasks: auto`` gives a mapped task instance until there are :data:`MAX_MAP_TASKS` of them."""

THRESHOLDS = {"sequential": 100_000, "gnu_parallel": 10_000_000, "spark": 1_000_000_000}
"""``backend: auto`` takes each of these for a source of less bytes, and ``hadoop_streaming`` for a larger one."""

ABANDONED_SECONDS = 1800
"""After how many seconds what a cluster is at is cancelled when no task of Airflow waits for it any more."""

STDERR_TAIL_BYTES = 2_000
"""How much of a failed command's standard error is shown."""

WORKER_VARIABLE = "UNIFYWEAVER_WORKER"
"""Set in every worker, so that a job started by work is refused."""


def thresholds(say: Callable[[str], str | None] | None = None) -> dict[str, int]:
    """Return :data:`THRESHOLDS` with what the environment says, as in ``UNIFYWEAVER_SPARK_BELOW=500000000``.

    :param say: returns what is said of a setting such as ``spark_below``, or None; by default the environment does.
    :raises JobError: when that is not a number of bytes.
    """
    said = {name: (say or _in_environment)(f"{name}_below") for name in THRESHOLDS}
    for name, text in said.items():
        if text is not None and not text.isdecimal():
            raise JobError(f"{name}_below: wanted a number of bytes, got {text!r}")
    return {name: default if (text := said[name]) is None else int(text) for name, default in THRESHOLDS.items()}


def _in_environment(setting: str) -> str | None:
    return os.environ.get(f"UNIFYWEAVER_{setting.upper()}")


def storage() -> str:
    """Return the folder under which the command line keeps its runs, or the folder's URL."""
    place = os.environ.get(STORAGE_VARIABLE, DEFAULT_STORAGE)
    return place.rstrip("/") if "://" in place else str(Path(place).absolute())


def staging() -> Path:
    """Return the folder of this machine for copies of runs whose storage is a URL."""
    import tempfile  # brings in much, and only runs at URLs are staged

    default = Path(tempfile.gettempdir(), f"unifyweaver-{os.geteuid()}")
    return Path(os.environ.get(STAGING_VARIABLE, default)).absolute()
