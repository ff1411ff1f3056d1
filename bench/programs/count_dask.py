"""What a competent person would write by hand: a function over blocks of bytes, on Dask's workers."""

from __future__ import annotations

import sys

import dask
from dask.bytes import read_bytes
from distributed import Client


def main(path: str, block: int, workers: int, address: str = "") -> None:
    """Print the number of occurrences of a word.

    :param address: of a scheduler; a cluster of its own on this machine when empty.
    """
    blocks = read_bytes(path, delimiter=b"\n", blocksize=block, sample=False)[1][0]
    own = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with Client(address) if address else Client(**own):
        print(dask.delayed(sum)([found.count(b"ERROR") for found in blocks]).compute())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
