"""Planning batches of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.cuts import default_batch_bytes, ends_by_count, spans
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.planning import list_entries, total_size
from airflow_unifyweaver.sources.source_file import SourceFile, open_source
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
    return plan_lines({"type": "text"}, list_entries(source.path, job.resolve, source.encoding), job, workers, spool)


def plan_lines(manifest: Manifest, entries: list[FileEntry], job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of the lines of files, whatever the lines mean.

    :param manifest: what the manifest shall hold besides the files.
    :param entries: the files.
    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    """
    size = total_size(entries)
    count = job.batch.batch_size
    # Recipes of counted lines are exact; others are ranges of bytes, which their reader widens to whole lines.
    manifest |= {"exact": count is not None, "files": entries}
    if count is not None:
        files = ((entry, open_source(entry, spool)) for entry in entries)
        return SourcePlan(manifest, size, _counted(files, count))
    return SourcePlan(manifest, size, _measured(entries, job.batch.batch_bytes or default_batch_bytes(size, workers)))


def _measured(entries: Sequence[FileEntry], batch_bytes: int) -> Iterator[Recipe]:
    for index, entry in enumerate(entries):
        size = entry["size"]
        for start in range(entry["start"], size, batch_bytes):
            yield {"file": index, "start": start, "stop": min(start + batch_bytes, size)}


def _counted(files: Iterable[tuple[FileEntry, SourceFile]], count: int) -> Iterator[Recipe]:
    for index, (entry, file) in enumerate(files):
        blocks = scan_lines(file, encoding_named(entry["encoding"]), entry["start"], file.size)
        for start, stop in spans(entry["start"], file.size, ends_by_count(blocks, count, file.size)):
            yield {"file": index, "start": start, "stop": stop}
