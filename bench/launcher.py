"""Run a command as the child of a small process, and write down what it took.

The kernel counts what a process held before ``exec`` as its own, and that would be the memory of the whole benchmark.
So this file imports little, and runs with ``python -I -S``.
"""

import json
import os
import sys
import time


def main(report: str, *command: str) -> int:
    """Return the command's exit code.

    :param report: the file for wall-clock and processor seconds, and for the largest resident size (MB) of any of its
        processes.
    """
    started = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    figures = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    with open(report, "w") as file:  # noqa: PTH123 - pathlib would cost memory
        json.dump(figures, file)
    return abs(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
