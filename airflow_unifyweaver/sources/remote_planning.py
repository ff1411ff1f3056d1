"""Planning files behind URLs: their versions, their first bytes, and whether they can be read in ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from airflow_unifyweaver.sources.compression.formats import HEAD_BYTES
from airflow_unifyweaver.sources.filesystems import filesystem_of, inner_path, is_web, open_stream, reading_url
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.remote_file import version_of

_AT_A_TIME = 1000


def entries_with_heads(files: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[tuple[FileEntry, bytes]]:
    """Yield an entry for each file, with its first :data:`~airflow_unifyweaver.sources.compression.formats.HEAD_BYTES`.

    :param files: URLs, and the facts that their file systems told of them.
    :raises SourceError: when one cannot be read, or its server does not tell its size.
    """
    for _, group in groupby(files, key=lambda file: urlsplit(file[0])[:2]):
        entries = [_entry(url, info) for url, info in group]
        if is_web(entries[0]["path"]):
            yield from ((entry, _web_head(entry)) for entry in entries)
        else:
            for first in range(0, len(entries), _AT_A_TIME):
                some = entries[first : first + _AT_A_TIME]
                yield from zip(some, _heads(some), strict=True)


def _entry(url: str, info: dict[str, Any]) -> FileEntry:
    version = version_of(url, info)
    return FileEntry(path=url, size=version.size, mtime_ns=version.mtime_ns, version=version.tag, start=0, encoding="")


def _heads(entries: Sequence[FileEntry]) -> list[bytes]:
    """Ask for the first bytes of many files at once; of an empty one there are none to ask for."""
    asked = [entry for entry in entries if entry["size"]]
    if not asked:
        return [b""] * len(entries)
    urls = [entry["path"] for entry in asked]
    stops = [min(HEAD_BYTES, entry["size"]) for entry in asked]
    files = filesystem_of(urls[0])
    heads = files.cat_ranges([inner_path(url) for url in urls], [0] * len(urls), stops, on_error="return")
    for url, head in zip(urls, heads, strict=True):
        with reading_url(url):
            if isinstance(head, Exception):
                raise head
    found = iter(heads)
    return [bytes(next(found)) if entry["size"] else b"" for entry in entries]


def _web_head(entry: FileEntry) -> bytes:
    """Return the first bytes of a file on a web server, and note in its entry whether it can be read in ranges."""
    with reading_url(entry["path"]):
        if entry["size"] > 1 and not _serves_ranges(entry["path"]):
            entry["stream"] = True
        with open_stream(entry["path"]) as stream:
            return bytes(stream.read(HEAD_BYTES))


def _serves_ranges(url: str) -> bool:
    # Asking for all from byte 1 on would not do: a server may well send everything.
    with filesystem_of(url).open(inner_path(url), "rb", cache_type="none") as file:
        if not file.seekable():
            return False
        file.seek(1)
        try:
            return len(file.read(1)) == 1
        except ValueError:  # fsspec's: the server sent the whole file instead
            return False
