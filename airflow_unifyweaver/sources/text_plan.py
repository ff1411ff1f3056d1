"""Planning batches of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import batch_bytes
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.packing import Scan, packed_by_bytes, packed_by_count
from airflow_unifyweaver.sources.planning import content_size, list_entries, planned
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch
    from airflow_unifyweaver.job.file_source import TextSource
    from airflow_unifyweaver.job.model import BatchJob


def plan_text(source: TextSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of lines.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    :raises SourceError: when a file is missing or unreadable.
    """
    entries = list_entries(source.path, job.resolve, source.encoding)
    manifest: Manifest = {"type": "text", "files": entries}
    grouping = grouping_of(job.batch)
    if grouping is None:
        return plan_lines(manifest, job.batch, workers, spool, scan_lines)
    from airflow_unifyweaver.sources.regroup import regroup
    from airflow_unifyweaver.sources.spool import spooled
    from airflow_unifyweaver.sources.text_keys import TextKeys

    return spooled(manifest, spool, partial(regroup, TextKeys(entries, grouping, spool), grouping))


def plan_lines(manifest: Manifest, batch: Batch, workers: int, spool: Path, scan: Scan) -> SourcePlan:
    """Plan batches of ``batch_bytes`` by arithmetic alone, or read files to count ``batch_size`` lines.

    :param manifest: the type of the source and its files.
    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param scan: marks the lines that count as records.
    """
    entries: list[FileEntry] = manifest["files"]
    count = batch.batch_size

    def cut(size: int) -> Iterator[Recipe]:
        if count is not None:
            return packed_by_count(entries, spool, count, scan)
        target = batch_bytes(batch, size, workers)
        return packed_by_bytes(_measured(entries, spool, target), entries, target)

    # Recipes of counted lines are exact; others are ranges of bytes, which their reader widens to whole lines.
    return planned({**manifest, "exact": count is not None}, entries, spool, cut)


def _measured(entries: Sequence[FileEntry], spool: Path, target: int) -> Iterator[Recipe]:
    for index, entry in enumerate(entries):
        size = content_size(entry, spool)
        for start in range(entry["start"], size, target):
            yield {"file": index, "start": start, "stop": min(start + target, size)}
