"""Planning batches of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import default_batch_bytes
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.packing import packed_by_bytes, packed_by_count
from airflow_unifyweaver.sources.planning import content_size, list_entries, planned
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.file_source import TextSource
    from airflow_unifyweaver.job.model import BatchJob


def plan_text(source: TextSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of ``batch_bytes`` by arithmetic alone, or read the files to count ``batch_size`` lines.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    :raises SourceError: when a file is missing or unreadable.
    """
    entries = list_entries(source.path, job.resolve, source.encoding)
    count = job.batch.batch_size
    # Recipes of counted lines are exact; others are ranges of bytes, which their reader widens to whole lines.
    manifest: Manifest = {"type": "text", "exact": count is not None, "files": entries}

    def cut(size: int) -> Iterator[Recipe]:
        if count is not None:
            return packed_by_count(entries, spool, count, scan_lines)
        target = job.batch.batch_bytes or default_batch_bytes(size, workers)
        return packed_by_bytes(_measured(entries, spool, target), entries, target)

    return planned(manifest, entries, spool, cut)


def _measured(entries: Sequence[FileEntry], spool: Path, batch_bytes: int) -> Iterator[Recipe]:
    for index, entry in enumerate(entries):
        size = content_size(entry, spool)
        for start in range(entry["start"], size, batch_bytes):
            yield {"file": index, "start": start, "stop": min(start + batch_bytes, size)}
