"""Run a job, and print how much of its time was work on batches."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main(*command: str) -> None:
    """Print wall-clock and processor seconds of the run, and the seconds that attempts took.

    :param command: ``unifyweaver run``, the job, and at the end the run's directory.
    """
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds, usage = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    events = [command[0], "events", command[-1], "--type", "batch_complete"]
    lines = subprocess.run(events, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    figures = {
        "run_seconds": seconds,
        "run_cpu_seconds": usage.ru_utime + usage.ru_stime,
        "work_seconds": sum(json.loads(line)["payload"]["processing_time_ms"] for line in lines) / 1000,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
