"""What a competent person would write by hand: counting a word with a process pool over byte ranges of a file."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

from byte_ranges import ranges, read_lines


def count(block: tuple[str, int, int]) -> int:
    """Count ERROR in the lines that begin in a byte range."""
    return read_lines(*block).count(b"ERROR")


def main(path: str, block: int, workers: int) -> None:
    """Print the number of occurrences."""
    with ProcessPoolExecutor(workers) as pool:
        print(sum(pool.map(count, ranges(path, block))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
