"""Our side of the Python case."""

from __future__ import annotations

from airflow_unifyweaver.sources.base import Batch


def count(batch: Batch) -> int:
    """Count ERROR in a batch."""
    return batch.bytes().count(b"ERROR")
