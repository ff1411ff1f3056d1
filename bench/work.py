"""Our side of the Python cases."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from airflow_unifyweaver.sources.base import Batch

_SPREAD = 2654435761  # odd, so that its multiples modulo 2 ** 40 are all different


def count(batch: Batch) -> int:
    """Count ERROR in a batch."""
    return batch.bytes().count(b"ERROR")


def words(batch: Batch) -> Iterable[tuple[str, int]]:
    """Count the words in a batch."""
    return Counter(batch.bytes().decode().split()).items()


def characters(batch: Batch) -> int:
    """Add up the lengths of the pages in a batch."""
    return sum(len(page["text"]) for page in batch)


def nothing(_: Batch) -> int:
    """Return at once."""
    return 0


def compute(batch: Batch) -> int:
    """Compute for some 50 ms a record."""
    return sum(sum(number * number % 7 for number in range(750_000)) for _ in batch)


def ten_milliseconds(batch: Batch) -> int:
    """Compute for 10 ms a record."""
    return sum(_compute(1e-2) for _ in batch)


def wait(batch: Batch) -> int:
    """Wait for 50 ms a record."""
    records = 0
    for _ in batch:
        time.sleep(0.05)
        records += 1
    return records


def keys(batch: Batch) -> Iterator[tuple[str, int]]:
    """Yield so many keys, from one on, as each record says."""
    for record in batch:
        first, number = map(int, record.split())
        for key in range(first, first + number):
            yield f"key {key}", 1


def partial_rows(batch: Batch) -> Iterator[tuple[str, int]]:
    """Yield so many rows, from one on, of so many keys in all, as each record says."""
    for record in batch:
        first, number, keys = map(int, record.split())
        for row in range(first, first + number):
            yield f"user-{row % keys * _SPREAD % 2**40:x}", row % 1000


def hear(_: Mapping[str, object]) -> None:
    """Take an event."""


def quick(batch: Batch) -> int:
    """Compute for 0.01 ms a record."""
    return sum(_compute(1e-5) for _ in batch)


def middling(batch: Batch) -> int:
    """Compute for 1 ms a record."""
    return sum(_compute(1e-3) for _ in batch)


def slow(batch: Batch) -> int:
    """Wait for 100 ms a record."""
    records = 0
    for _ in batch:
        time.sleep(0.1)
        records += 1
    return records


def _compute(seconds: float) -> int:
    """Keep a processor busy until this thread has used so much of its time, whatever else runs on the machine."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return 1
