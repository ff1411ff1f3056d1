"""Planning batches of JSON values: lines, or elements of an array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan, Span
from airflow_unifyweaver.sources.cuts import batch_bytes
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.json_keys import JsonKeys
from airflow_unifyweaver.sources.json_pointer import pointed_elements
from airflow_unifyweaver.sources.json_scan import scan_values
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.packing import packed_by_bytes
from airflow_unifyweaver.sources.planning import list_entries, planned
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.source_file import SourceFile, open_source
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.sources.text_plan import plan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.file_source import JsonSource
    from airflow_unifyweaver.job.model import BatchJob


def plan_json(source: JsonSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of lines as those of text are planned, or of the elements of the array that the pointer leads to.

    To find the elements, every document is read once from its start to its end.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    :raises SourceError: when a file is missing or unreadable.
    """
    entries = list_entries(source.path, job.resolve, "utf-8")
    manifest: Manifest = {"type": "json", "pointer": source.pointer, "files": entries}
    grouping = grouping_of(job.batch)
    if grouping is not None:
        lines = {**manifest, "pointer": None, "exact": True}
        return spooled(manifest, spool, partial(regroup, JsonKeys(lines, source.pointer, grouping, spool), grouping))
    if source.pointer is None:
        return plan_lines(manifest, job.batch, workers, spool, scan_values)
    pointer, count = source.pointer, job.batch.batch_size

    def cut(size: int) -> Iterator[Recipe]:
        target = batch_bytes(job.batch, size, workers)
        files = ((entry, open_source(entry, spool)) for entry in entries)
        recipes = _recipes(files, pointer, count, target)
        return recipes if count else packed_by_bytes(recipes, entries, target)

    return planned(manifest, entries, spool, cut)


def _recipes(
    files: Iterable[tuple[FileEntry, SourceFile]], pointer: str, count: int | None, target: int
) -> Iterator[Recipe]:
    for index, (entry, file) in enumerate(files):
        for start, stop in _cut(pointed_elements(file, entry["start"], pointer), count, target):
            yield {"file": index, "start": start, "stop": stop}


def _cut(elements: Iterator[Span], count: int | None, target: int) -> Iterator[Span]:
    """Yield where batches start and stop, of so many elements, or else each as soon as it has the target's bytes."""
    for start, stop in elements:
        number = 1
        while number < count if count else stop - start < target:
            following = next(elements, None)
            if following is None:
                break
            stop = following[1]  # noqa: PLW2901
            number += 1
        yield start, stop
