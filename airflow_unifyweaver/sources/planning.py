"""What the plans of all file sources have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from airflow_unifyweaver.sources.encodings import LONGEST_MARK, codec_of
from airflow_unifyweaver.sources.files import file_version, list_files
from airflow_unifyweaver.sources.open_file import FileEntry, unusable


def list_entries(paths: str | Sequence[str], resolve: Callable[[str], str], encoding: str) -> list[FileEntry]:
    """List the files of a source with their versions; of each no more than a byte order mark is read.

    :param resolve: makes a path of the job absolute.
    :raises SourceError: when a file is missing or unreadable, or the encoding unknown.
    """
    return [_entry(path, encoding) for path in list_files(paths, resolve)]


def spool_entry(path: Path, encoding: str) -> FileEntry:
    """Return the entry of a file in the spool, of which every byte belongs to a record.

    :param encoding: the codec of its text.
    """
    size, mtime_ns = file_version(str(path))
    return FileEntry(path=str(path), size=size, mtime_ns=mtime_ns, start=0, encoding=encoding)


def total_size(entries: Sequence[FileEntry]) -> int:
    """Return the bytes of all files."""
    return sum(entry["size"] for entry in entries)


def _entry(path: str, encoding: str) -> FileEntry:
    size, mtime_ns = file_version(path)
    try:
        with Path(path).open("rb", buffering=0) as file:
            head = file.read(LONGEST_MARK)
    except OSError as error:
        raise unusable(path, error) from None
    codec, start = codec_of(encoding, head)
    return FileEntry(path=path, size=size, mtime_ns=mtime_ns, start=start, encoding=codec)
