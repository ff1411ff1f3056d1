"""What a competent person would write by hand: counting words with a pool, and adding up what it counted."""

from __future__ import annotations

import json
import sys
from collections import Counter
from multiprocessing import Pool

from byte_ranges import ranges, read_lines


def count(block: tuple[str, int, int]) -> Counter[str]:
    """Count the words in the lines that begin in a byte range."""
    return Counter(read_lines(*block).decode().split())


def main(path: str, block: int, workers: int) -> None:
    """Print how often each word occurs."""
    total: Counter[str] = Counter()
    with Pool(workers) as pool:
        for counted in pool.imap_unordered(count, ranges(path, block)):
            total.update(counted)
    for row in total.items():
        print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
