"""Which files a source names, and which version of each was planned."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.open_file import unusable


def list_files(paths: str | Sequence[str], resolve: Callable[[str], str]) -> list[str]:
    """List the files that ``source.path`` names: in the order of the list, and sorted by name within a glob.

    A file that two entries name is refused, as reading it once or twice would be a guess.

    :param resolve: makes a path of the job absolute.
    :raises SourceError: when an entry names no file, or a file is named twice.
    """
    patterns = [paths] if isinstance(paths, str) else paths
    named: dict[str, str] = {}
    for pattern in patterns:
        for path in _matches(pattern, resolve):
            if path in named:
                raise SourceError(
                    f"source.path names {path} twice, by {named[path]!r} and {pattern!r}; "
                    "let each file be named by one entry only"
                )
            named[path] = pattern
    return list(named)


def file_version(path: str) -> tuple[int, int]:
    """Return the size in bytes and the time of the last change in nanoseconds, which together name a version.

    :raises SourceError: when there is no such file, or it is a directory, a pipe or a device.
    """
    try:
        status = Path(path).stat()
    except OSError as error:
        raise unusable(path, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path} is a directory; name the files in it, for example with {path.rstrip('/')}/*")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is no regular file, so it cannot be read again; copy its content to a file")
    return status.st_size, status.st_mtime_ns


def _matches(pattern: str, resolve: Callable[[str], str]) -> Iterator[str]:
    path = _local(resolve(pattern))
    if not glob.has_magic(pattern) or Path(path).exists():
        yield path
        return
    # As in a shell, and unlike with Path.glob, hidden files need a dot in the pattern.
    matches = glob.iglob(_escaped(path, pattern), recursive=True)  # noqa: PTH207
    files = sorted({match for match in matches if not Path(match).is_dir()})
    if not files:
        raise SourceError(f"no file matches source.path {pattern!r} ({path}); check the pattern and the folder")
    yield from files


def _local(path: str) -> str:
    if "://" not in path:
        return path
    url = urlsplit(path)
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        raise SourceError(f"source.path {path!r}: {url.scheme}:// is not available yet; copy the file to a local path")
    return unquote(url.path)


def _escaped(path: str, pattern: str) -> str:
    """Return the pattern to search for: the job's folder, though it may hold a ``[``, is no pattern."""
    if not path.endswith(pattern):
        return path
    return glob.escape(os.fspath(path[: -len(pattern)])) + pattern
