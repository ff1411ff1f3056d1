"""What a competent person would write by hand: a computation, so many times, in a process pool."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor


def compute(_: int) -> int:
    """Compute what ``compute`` in ``bench/work.py`` does for a record."""
    return sum(number * number % 7 for number in range(750_000))


def main(times: int, workers: int) -> None:
    """Print the sum of all."""
    with ProcessPoolExecutor(workers) as pool:
        print(sum(pool.map(compute, range(times))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
