"""Planning batches of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import MarkedBlock, batch_bytes, ends_by_count, spans
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.planning import list_entries, total_size
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.source_file import SourceFile, open_source
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.sources.text_keys import TextKeys
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch
    from airflow_unifyweaver.job.file_source import TextSource
    from airflow_unifyweaver.job.model import BatchJob

Scan = Callable[[SourceFile, Encoding, int, int], Iterator[MarkedBlock]]


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
    return spooled(manifest, spool, partial(regroup, TextKeys(entries, grouping), grouping))


def plan_lines(manifest: Manifest, batch: Batch, workers: int, spool: Path, scan: Scan) -> SourcePlan:
    """Plan batches of ``batch_bytes`` by arithmetic alone, or read files to count ``batch_size`` lines.

    :param manifest: the type of the source and its files.
    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param scan: marks the lines that count as records.
    """
    entries: list[FileEntry] = manifest["files"]
    size = total_size(entries)
    count = batch.batch_size
    # Recipes of counted lines are exact; others are ranges of bytes, which their reader widens to whole lines.
    manifest = {**manifest, "exact": count is not None}
    if count is not None:
        files = ((entry, open_source(entry, spool)) for entry in entries)
        return SourcePlan(manifest, size, _counted(files, count, scan))
    return SourcePlan(manifest, size, _measured(entries, batch_bytes(batch, size, workers)))


def _measured(entries: Sequence[FileEntry], target: int) -> Iterator[Recipe]:
    for index, entry in enumerate(entries):
        size = entry["size"]
        for start in range(entry["start"], size, target):
            yield {"file": index, "start": start, "stop": min(start + target, size)}


def _counted(files: Iterable[tuple[FileEntry, SourceFile]], count: int, scan: Scan) -> Iterator[Recipe]:
    for index, (entry, file) in enumerate(files):
        blocks = scan(file, encoding_named(entry["encoding"]), entry["start"], file.size)
        for start, stop in spans(entry["start"], file.size, ends_by_count(blocks, count, file.size)):
            yield {"file": index, "start": start, "stop": stop}
