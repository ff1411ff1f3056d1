"""What a competent person would write by hand: Dask's bags over blocks of a text file, on the same cluster."""

from __future__ import annotations

import json
import sys

import dask.bag
from distributed import Client


def main(case: str, address: str, path: str, block: int) -> None:
    """Print the number of occurrences of a word, or how often each word occurs."""
    with Client(address):
        lines = dask.bag.read_text(path, blocksize=block)
        if case == "count":
            print(lines.map(lambda line: line.count("ERROR")).sum().compute())
        else:
            for word, number in lines.str.split().flatten().frequencies().compute():
                print(json.dumps([word, number], separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
