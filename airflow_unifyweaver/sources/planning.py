"""What planning all kinds of file sources have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.compression.formats import HEAD_BYTES, compression_of
from airflow_unifyweaver.sources.encodings import LONGEST_MARK, codec_of
from airflow_unifyweaver.sources.files import NamedFile, file_version, list_files
from airflow_unifyweaver.sources.open_file import FileEntry, unusable
from airflow_unifyweaver.sources.source_file import is_url, open_source


def list_entries(paths: str | Sequence[str], resolve: Callable[[str], str], encoding: str) -> list[FileEntry]:
    """List the files of a source with their versions; of each only the beginning is read.

    :param resolve: makes a path of the job absolute.
    :raises SourceError: when a file is missing or unreadable, or the encoding unknown.
    """
    entries: list[FileEntry] = []
    for are_urls, files in groupby(list_files(paths, resolve), key=lambda file: is_url(file.path)):
        for entry, head in _remote(files) if are_urls else map(_local, files):
            _complete(entry, head, encoding)
            entries.append(entry)
    return entries


def spool_entry(path: Path, encoding: str) -> FileEntry:
    """Return the entry of a file in the spool, of which every byte belongs to a record.

    :param encoding: the codec of its text.
    """
    size, mtime_ns = file_version(str(path))
    return FileEntry(path=str(path), size=size, mtime_ns=mtime_ns, start=0, encoding=encoding)


def total_size(entries: Sequence[FileEntry]) -> int:
    """Return the bytes of all files as they lie there."""
    return sum(entry["size"] for entry in entries)


def content_size(entry: FileEntry, spool: Path) -> int:
    """Return the bytes of a file's content; one that is compressed is unpacked for that, unless it was before."""
    return open_source(entry, spool).size if "compression" in entry else entry["size"]


def planned(
    manifest: Manifest, entries: Sequence[FileEntry], spool: Path, cut: Callable[[int], Iterator[Recipe]]
) -> SourcePlan:
    """Return the plan of files. Compressed ones are unpacked when the first batch is asked for.

    A plan that is made only to look whether the source has changed thus unpacks nothing.

    :param cut: makes the batches, given the bytes of all content.
    """
    plan = SourcePlan(manifest, total_size(entries), iter(()))
    plan.recipes = _cut(plan, entries, spool, cut)
    return plan


def _cut(
    plan: SourcePlan, entries: Sequence[FileEntry], spool: Path, cut: Callable[[int], Iterator[Recipe]]
) -> Iterator[Recipe]:
    plan.size = sum(content_size(entry, spool) for entry in entries)
    yield from cut(plan.size)


def _local(file: NamedFile) -> tuple[FileEntry, bytes]:
    size, mtime_ns = file_version(file.path)
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = os.read(descriptor, HEAD_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unusable(file.path, error) from None
    return FileEntry(path=file.path, size=size, mtime_ns=mtime_ns, start=0, encoding=""), head


def _remote(files: Iterable[NamedFile]) -> Iterator[tuple[FileEntry, bytes]]:
    from airflow_unifyweaver.sources.remote_planning import entries_with_heads

    return entries_with_heads([(file.path, file.info or {}) for file in files])


def _complete(entry: FileEntry, head: bytes, encoding: str) -> None:
    """Add to an entry what the beginning of its file tells."""
    compression = compression_of(entry["path"], head)
    if compression:
        from airflow_unifyweaver.sources.compression.unpack import first_bytes

        entry["compression"] = compression
        head = first_bytes(entry, LONGEST_MARK)
    entry["encoding"], entry["start"] = codec_of(encoding, head)
