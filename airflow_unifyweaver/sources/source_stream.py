"""A file of a source as a stream, for libraries that read one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.source_file import SourceFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER_BYTES = 1 << 18


class SourceStream(io.RawIOBase):
    """Reads a file, and can be moved about in it.

    :param start: where to begin.
    :param stop: where the stream ends; with the file when None.
    """

    def __init__(self, file: SourceFile, start: int = 0, stop: int | None = None) -> None:
        self._file = file
        self._position = start
        self._stop = file.size if stop is None else stop

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that this can be moved about in."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset, counted from the start, the position or the end."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stop}
        self._position = origin[whence] + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer as far as the file goes."""
        view = memoryview(buffer).cast("B")
        start = min(self._position, self._stop)
        data = self._file.read(start, min(start + len(view), self._stop))
        view[: len(data)] = data
        self._position = start + len(data)
        return len(data)


def stream_of(file: SourceFile) -> io.BufferedReader:
    """Return a buffered stream of a file."""
    return io.BufferedReader(SourceStream(file), BUFFER_BYTES)
