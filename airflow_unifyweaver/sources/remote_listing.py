"""Which files behind a URL a source names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.filesystems import filesystem_of, inner_path, is_web, latest_info, reading_url

_CHAIN = re.compile(r"^\w+::|::[\w+.-]+://")


def list_url(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files that a URL names, sorted by name, each with the facts that its file system tells.

    :raises SourceError: when it names none, or cannot be read.
    """
    if _CHAIN.search(url):
        raise SourceError(f"source.path {url!r} chains several file systems by '::'; give the URL of one")
    with reading_url(url):
        found = _named(url)
        if not found:
            raise SourceError(f"source.path {url!r} names no file; check the pattern and the folder")
        yield from sorted(found.items())


def _named(url: str) -> dict[str, dict[str, Any]]:
    files, path = filesystem_of(url), inner_path(url)
    files.invalidate_cache()
    magic = re.search(r"\*" if is_web(url) else r"[*?\[]", path)
    if magic and not files.exists(path):
        return _visible(url, path, files.glob(path, detail=True), path[: magic.start()].rpartition("/")[0])
    info = latest_info(url)
    if info["type"] != "directory":
        return {url: info}
    return _visible(url, path, files.find(path, detail=True), path)


def _visible(url: str, path: str, infos: dict[str, dict[str, Any]], folder: str) -> dict[str, dict[str, Any]]:
    """Return the files among those found, by their URLs; hidden ones are found by a pattern with a dot only."""
    start = url.rstrip("/").removesuffix(path)
    takes_hidden = "/." in path[len(folder) :]
    return {
        start + name: info
        for name, info in infos.items()
        if info["type"] == "file" and (takes_hidden or "/." not in name[len(folder) :])
    }
