"""A file behind a URL, read in ranges."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.filesystems import filesystem_of, inner_path, is_missing, latest_info, reading_url
from airflow_unifyweaver.sources.open_file import FileEntry, changed
from airflow_unifyweaver.sources.source_file import send_pieces

READ_AHEAD_BYTES = 4 << 20
"""How much is asked for at least when a file is read from one part to the next, as planners do."""

_TAGS = ("ETag", "etag", "e_tag", "generation", "Content-MD5", "Digest", "sha")
_TIMES = (
    "LastModified",
    "last_modified",
    "Last-Modified",
    "mtime",
    "modified",
    "modify",
    "created",
)
_TIMES_IN_MILLISECONDS = ("modification_time", "modificationTime")
"""As HDFS tells them, by its own protocol and over the web."""


class RemoteVersion(NamedTuple):
    """What tells one version of a file behind a URL from another.

    :param mtime_ns: the time of its last change in nanoseconds, 0 where its server does not tell.
    :param tag: what its server names the version by, or else the time.
    """

    size: int
    mtime_ns: int
    tag: str


class RemoteFile:
    """A planned file behind a URL.

    :raises SourceError: from every method, when the file is no longer the version that was planned, or cannot be read.
    """

    def __init__(self, entry: FileEntry) -> None:
        self.path = entry["path"]
        self.size = entry["size"]
        self._tag = entry["version"]
        self._files = filesystem_of(self.path)
        self._inner_path = inner_path(self.path)
        self._ahead = (0, b"")

    def check(self) -> None:
        """Ask the server for the version, and raise unless it still is the planned one."""
        with reading_url(self.path):
            try:
                info = latest_info(self.path)
            except FileNotFoundError as error:
                raise self._gone(error) from error.__cause__
        found = version_of(self.path, info)
        if found.size != self.size:
            raise changed(self.path, f"it had {self.size} bytes and has {found.size}")
        if found.tag != self._tag:
            raise changed(self.path, "it was written to")

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``; what the server is asked for beyond them is kept."""
        first, data = self._ahead
        end = first + len(data)
        if not first <= start <= stop <= end:
            ahead = READ_AHEAD_BYTES if start == end else 0
            first, data = start, self._fetch(start, min(max(stop, start + ahead), self.size))
            self._ahead = (start, data) if len(data) <= READ_AHEAD_BYTES else (start + len(data), b"")
        return data[start - first : stop - first]

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Write the bytes from ``start`` up to ``stop`` to a descriptor that blocks."""
        send_pieces(self, descriptor, start, stop)

    def _fetch(self, start: int, stop: int) -> bytes:
        with reading_url(self.path):
            try:
                data: bytes = self._files.cat_file(self._inner_path, start=start, end=stop)
            except FileNotFoundError as error:
                raise self._gone(error) from error.__cause__
        self.check()
        if len(data) != stop - start:
            raise SourceError(
                f"{self.path}: its server sent {len(data)} bytes where {stop - start} from byte {start} on were asked "
                "for; try again, or copy the file to a local path"
            )
        return data

    def _gone(self, error: FileNotFoundError) -> Exception:
        return changed(self.path, "it is gone") if is_missing(self.path, error) else error


def version_of(url: str, info: dict[str, Any]) -> RemoteVersion:
    """Return the version that a file system's facts tell of.

    :raises SourceError: when the server does not tell how large the file is.
    """
    if info.get("size") is None:
        raise SourceError(f"{url}: its server does not tell its size, so it cannot be planned; copy it to a local path")
    mtime_ns = next((_nanoseconds(info[name]) for name in _TIMES if info.get(name)), 0)
    mtime_ns = next((info[name] * 1_000_000 for name in _TIMES_IN_MILLISECONDS if info.get(name)), mtime_ns)
    tag = next((str(info[name]) for name in _TAGS if info.get(name)), str(mtime_ns))
    return RemoteVersion(info["size"], mtime_ns, tag)


def _nanoseconds(time: Any) -> int:
    if isinstance(time, str):
        try:
            time = parsedate_to_datetime(time)
        except ValueError:
            return 0
    if isinstance(time, datetime):
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return int(time * 1_000_000_000)
