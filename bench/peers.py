"""What a competent person would write by hand: counting a word with a process pool over byte ranges of a file."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def count(path: str, start: int, stop: int) -> int:
    """Count the lines with ERROR that begin in a byte range."""
    with Path(path).open("rb") as file:
        if start:
            file.seek(start - 1)
            file.readline()
        first = file.tell()
        if first >= stop:
            return 0
        file.seek(stop - 1)
        file.readline()
        last = file.tell()
        file.seek(first)
        return file.read(last - first).count(b"ERROR")


def main(path: str, block: int, workers: int) -> None:
    """Print the number of occurrences."""
    size = Path(path).stat().st_size
    starts = range(0, size, block)
    with ProcessPoolExecutor(workers) as pool:
        stops = [min(start + block, size) for start in starts]
        print(sum(pool.map(count, [path] * len(starts), starts, stops)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
