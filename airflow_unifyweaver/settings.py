"""The knobs of the package that are not fields of a job, all in one place."""

from __future__ import annotations

import os
from pathlib import Path

STORAGE_VARIABLE = "UNIFYWEAVER_STORAGE"
"""Environment variable with the folder under which the command line keeps its runs."""
DEFAULT_STORAGE = ".unifyweaver"
"""Where the command line keeps its runs when nothing else is said, below the current directory."""

MAX_MAP_TASKS = 64
"""Most mapped task instances that ``map_tasks: auto`` makes: each costs Airflow about 0.6 s."""
BATCHES_PER_MAP_TASK = 100
"""How many batches ``map_tasks: auto`` gives a mapped task instance until there are :data:`MAX_MAP_TASKS` of them."""

SEQUENTIAL_BELOW_BYTES = 100_000
"""``backend: auto`` works through a smaller source one batch at a time."""

STDERR_TAIL_BYTES = 2_000
"""How much of a failed command's standard error is shown."""

WORKER_VARIABLE = "UNIFYWEAVER_WORKER"
"""Set in every worker, so that a job started by work is refused."""


def storage() -> Path:
    """Return the folder under which the command line keeps its runs."""
    return Path(os.environ.get(STORAGE_VARIABLE, DEFAULT_STORAGE)).absolute()
