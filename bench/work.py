"""Our side of the Python cases."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from airflow_unifyweaver.sources.base import Batch


def count(batch: Batch) -> int:
    """Count ERROR in a batch."""
    return batch.bytes().count(b"ERROR")


def words(batch: Batch) -> Iterable[tuple[str, int]]:
    """Count the words in a batch."""
    return Counter(batch.bytes().decode().split()).items()


def characters(batch: Batch) -> int:
    """Add up the lengths of the pages in a batch."""
    return sum(len(page["text"]) for page in batch)


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
