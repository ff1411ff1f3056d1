"""What a competent person would write by hand: the frequencies of a bag of words."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext

import dask
import dask.bag
from distributed import Client


def main(path: str, block: int, workers: int, address: str = "") -> None:
    """Print how often each word occurs.

    :param address: of a scheduler; the bag's own processes when empty.
    """
    lines = dask.bag.read_text(path, blocksize=block)
    with Client(address) if address else nullcontext(), dask.config.set(num_workers=workers):
        for row in lines.str.split().flatten().frequencies().compute():
            print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
