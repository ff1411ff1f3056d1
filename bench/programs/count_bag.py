"""What a competent person would write by hand: a word counted in a bag of lines."""

from __future__ import annotations

import sys

import dask.bag
from distributed import Client


def main(path: str, block: int, address: str) -> None:
    """Print the number of occurrences of a word.

    :param address: of a scheduler.
    """
    lines = dask.bag.read_text(path, blocksize=block)
    with Client(address):
        print(lines.str.count("ERROR").sum().compute())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
