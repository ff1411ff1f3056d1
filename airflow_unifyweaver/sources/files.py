"""Which files a source names, and which version of each was planned."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.open_file import unusable
from airflow_unifyweaver.sources.source_file import is_url


class NamedFile(NamedTuple):
    """A file that a source names: its path or URL, and of a URL the facts that its file system tells."""

    path: str
    info: dict[str, Any] | None = None


def list_files(paths: str | Sequence[str], resolve: Callable[[str], str]) -> list[NamedFile]:
    """List the files that ``source.path`` names: in the order of the list, and sorted by name in a folder and a glob.

    A file that two entries name is refused, as reading it once or twice would be a guess.

    :param resolve: makes a path of the job absolute.
    :raises SourceError: when an entry names no file, or a file is named twice.
    """
    patterns = [paths] if isinstance(paths, str) else paths
    found: dict[str, NamedFile] = {}
    named_by: dict[str, str] = {}
    for pattern in patterns:
        for file in _matches(pattern, resolve):
            if file.path in found:
                raise SourceError(
                    f"source.path names {file.path} twice, by {named_by[file.path]!r} and {pattern!r}; "
                    "let each file be named by one entry only"
                )
            found[file.path], named_by[file.path] = file, pattern
    return list(found.values())


def file_version(path: str) -> tuple[int, int]:
    """Return the size in bytes and the time of the last change in nanoseconds, which together name a version.

    :raises SourceError: when there is no such file, or it is a directory, a pipe or a device.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - for each of very many files
    except OSError as error:
        raise unusable(path, error) from None
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is no regular file, so it cannot be read again; copy its content to a file")
    return status.st_size, status.st_mtime_ns


def _matches(pattern: str, resolve: Callable[[str], str]) -> Iterator[NamedFile]:
    path = _local(resolve(pattern))
    if is_url(path):
        from airflow_unifyweaver.sources.remote_listing import list_url

        yield from (NamedFile(url, info) for url, info in list_url(path))
    else:
        yield from map(NamedFile, _local_matches(path, pattern))


def _local_matches(path: str, pattern: str) -> Sequence[str]:
    if Path(path).is_dir():
        return _files_below(path)
    if not glob.has_magic(pattern) or Path(path).exists():
        return [path]
    # As in a shell, and unlike with Path.glob, hidden files need a dot in the pattern.
    matches = glob.iglob(_escaped(path, pattern), recursive=True)  # noqa: PTH207
    files = sorted({match for match in matches if not Path(match).is_dir()})
    if not files:
        raise SourceError(f"no file matches source.path {pattern!r} ({path}); check the pattern and the folder")
    return files


def _files_below(folder: str) -> Sequence[str]:
    """Return the files in a folder and in those below it, without hidden ones.

    Links to folders are followed after all else: what they and others lead to is read once, by its own name.
    """
    files: list[str] = []
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    for start in waiting:
        for place, folders, names in os.walk(start, onerror=_refuse):
            status = os.stat(place)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            paths = [os.path.join(place, name) for name in folders]  # noqa: PTH118
            waiting += [path for path in paths if os.path.islink(path)]  # noqa: PTH114
            files += [os.path.join(place, name) for name in names if not name.startswith(".")]  # noqa: PTH118
    if not files:
        raise SourceError(f"source.path {folder} is a folder without files; check the path")
    return sorted(files)


def _refuse(error: OSError) -> None:
    raise unusable(str(error.filename), error)


def _local(path: str) -> str:
    """Return the path of a ``file://`` URL of this host, and anything else as it is."""
    if not path.startswith("file://"):
        return path
    url = urlsplit(path)
    if url.netloc not in ("", "localhost"):
        raise SourceError(f"source.path {path!r}: file:// reads files of this host only; write file:///path")
    return unquote(url.path)


def _escaped(path: str, pattern: str) -> str:
    """Return the pattern to search for: the job's folder, though it may hold a ``[``, is no pattern."""
    normal = str(PurePath(pattern))  # as the path has it, without "./"
    if not path.endswith(normal):
        return path
    return glob.escape(path.removesuffix(normal)) + normal
