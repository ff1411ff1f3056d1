"""A file of a source, open for reading, that must stay the version that was planned."""

from __future__ import annotations

import os
from typing import NotRequired, TypedDict

from airflow_unifyweaver.exceptions import SourceError


class FileEntry(TypedDict):
    """One file in a manifest: its version, and what was learnt of it while planning.

    ``size`` and ``start`` (where the records start, after a byte order mark and a header) are bytes; ``encoding`` is
    the codec that decodes any part of the file; ``columns`` stands in the entries of csv files only.

    ``version`` is what the server of a URL names the version by, and ``stream`` is set where it sends files as a whole
    only. ``compression`` names how a file is compressed: its ``size`` is then that of the compressed file, while its
    ``start`` counts in the content.
    """

    path: str
    size: int
    mtime_ns: int
    start: int
    encoding: str
    columns: NotRequired[list[str]]
    version: NotRequired[str]
    stream: NotRequired[bool]
    compression: NotRequired[str]


class OpenFile:
    """An open descriptor of a planned file; it closes with the last batch and reader that hold it.

    :raises SourceError: from every method, when the file is no longer the version that was planned.
    """

    def __init__(self, entry: FileEntry) -> None:
        self._descriptor = -1
        self.path = entry["path"]
        self.size = entry["size"]
        self._mtime_ns = entry["mtime_ns"]
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise changed(self.path, "it is gone") from None
        except OSError as error:
            raise unusable(self.path, error) from None

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def check(self) -> None:
        """Raise unless the file still is the planned version."""
        status = os.fstat(self._descriptor)
        if status.st_size != self.size:
            raise changed(self.path, f"it had {self.size} bytes and has {status.st_size}")
        if status.st_mtime_ns != self._mtime_ns:
            raise changed(self.path, "it was written to")

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``; the version is checked after they are read."""
        data = os.pread(self._descriptor, stop - start, start)
        self.check()
        # The system reads at most 2 GiB in one call.
        return data if len(data) == stop - start else data + self._rest(start + len(data), stop)

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Send the bytes from ``start`` up to ``stop`` to another descriptor, inside the system where it can.

        :raises BrokenPipeError: when the reader of a pipe closed its end.
        """
        while start < stop:
            sent = os.sendfile(descriptor, self._descriptor, start, stop - start)
            if not sent:
                break
            start += sent
        self.check()

    def _rest(self, start: int, stop: int) -> bytes:
        if os.pread(self._descriptor, 1, start) == b"":
            raise changed(self.path, f"it ends at byte {start}")
        return self.read(start, stop)


def changed(path: str, how: str) -> SourceError:
    """Return the error for a file that is no longer the version that was planned."""
    return SourceError(f"{path} changed since it was planned: {how}; plan the run again")


def unusable(path: str, error: OSError, field: str = "source.path") -> SourceError:
    """Return the error for a file that the system refuses to open.

    :param field: the field of the job that names it.
    """
    remedies: dict[type[OSError], str] = {
        FileNotFoundError: f"check {field}; a relative path starts at the job file's folder",
        PermissionError: "let the user who runs the job read it",
    }
    remedy = remedies.get(type(error), f"check {field}")
    return SourceError(f"{path} cannot be read: {error.strerror}; {remedy}")
