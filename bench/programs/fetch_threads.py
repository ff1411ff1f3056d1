"""What a competent person would write by hand: one client, a pool of threads, and the lengths of all pages added up."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx


def main(listed: str, threads: int) -> None:
    """Print how many characters all pages have."""
    urls = Path(listed).read_text().split()
    with httpx.Client(timeout=30) as client, ThreadPoolExecutor(threads) as pool:
        print(sum(len(answer.raise_for_status().text) for answer in pool.map(client.get, urls)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
