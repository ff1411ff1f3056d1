"""What a competent person would write by hand: a function that does nothing, so many times, in a process pool."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor


def nothing(_: int) -> int:
    """Return at once."""
    return 0


def main(times: int, workers: int) -> None:
    """Print the sum of what the function returned."""
    with ProcessPoolExecutor(workers) as pool:
        print(sum(pool.map(nothing, range(times))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
