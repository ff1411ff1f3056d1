"""xz files, which Python's own reader takes for whole when garbage follows a stream."""

from __future__ import annotations

import io
import lzma
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEMORY_LIMIT = 100 << 20
"""Most memory for unpacking, in bytes: enough for what xz itself writes by default at any level."""

_READ_BYTES = 1 << 16
_PADDING = b"\0"


class XzStream(io.RawIOBase):
    """The content of the streams of an xz file, one after another.

    :param packed: the file, from its start.
    """

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._decompressor = _new()
        self._rest = b""

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer as far as one step of unpacking goes; 0 bytes are the end.

        :raises EOFError: when the file ends within a stream.
        :raises lzma.LZMAError: when its data is damaged, or needs more memory than :data:`MEMORY_LIMIT`.
        """
        view = memoryview(buffer).cast("B")
        data = b""
        while not data:
            if self._decompressor.eof and not self._begin_next():
                return 0
            if self._decompressor.needs_input and not self._rest:
                self._rest = self._packed.read(_READ_BYTES)
                if not self._rest:
                    raise EOFError("it ends within a stream")
            data, self._rest = self._decompressor.decompress(self._rest, len(view)), b""
        view[: len(data)] = data
        return len(data)

    def _begin_next(self) -> bool:
        """Begin with the stream after the one that has ended, if there is one, and skip the padding before it."""
        rest = self._decompressor.unused_data.lstrip(_PADDING)
        while not rest:
            more = self._packed.read(_READ_BYTES)
            if not more:
                return False
            rest = more.lstrip(_PADDING)
        self._decompressor, self._rest = _new(), rest
        return True


def _new() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT)
