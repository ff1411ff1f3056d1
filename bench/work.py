"""Our side of the cases with Python functions."""

from __future__ import annotations

from airflow_unifyweaver.sources.base import Batch


def count(batch: Batch) -> int:
    """Count ERROR in a batch."""
    return batch.bytes().count(b"ERROR")


def characters(batch: Batch) -> int:
    """Add up the lengths of the pages in a batch."""
    return sum(len(page["text"]) for page in batch)
