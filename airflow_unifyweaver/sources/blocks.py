"""Reading a file from end to end, as a planner does: in blocks of whole lines, a byte for every character."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.source_file import SourceFile

FIRST_BLOCK_BYTES = 1 << 16
"""How much is read first; each block doubles that, up to :data:`LARGEST_BLOCK_BYTES`. Multiples of a code unit."""

LARGEST_BLOCK_BYTES = 1 << 18
"""How much is read at a time in the end: as much as a processor's cache holds together with what becomes of it."""


class Block(Protocol):
    """Whole lines of a file. Places in it are indexes of characters here, and offsets in bytes in the file."""

    def offset(self, index: int) -> int:
        """Return the offset in the file where a character starts."""

    def index(self, offset: int) -> int:
        """Return how many characters of this block end at or before an offset."""


@dataclass(frozen=True)
class PlainBlock:
    """Lines in which every byte that is searched for is a character."""

    start: int

    def offset(self, index: int) -> int:
        """Return the offset in the file where a character starts."""
        return self.start + index

    def index(self, offset: int) -> int:
        """Return how many bytes of this block are before an offset."""
        return max(offset - self.start, 0)


@dataclass
class DecodedBlock:
    """Lines that had to be decoded. Asking for places in rising order costs time linear in the block."""

    start: int
    raw: bytes
    text: str
    encoding: Encoding
    _known: tuple[int, int] = field(init=False, default=(0, 0))

    def offset(self, index: int) -> int:
        """Return the offset in the file where a character starts."""
        known, length = self._known if self._known[0] <= index else (0, 0)
        length += len(self.text[known:index].encode(self.encoding.name))
        self._known = index, length
        return self.start + length

    def index(self, offset: int) -> int:
        """Return how many characters of this block end at or before an offset."""
        wanted = max(offset - self.start, 0)
        known, length = self._known if self._known[1] <= wanted else (0, 0)
        return known + len(self.raw[length:wanted].decode(self.encoding.name, "ignore"))


def line_blocks(
    file: SourceFile, encoding: Encoding, start: int, stop: int, line_ends: str
) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes from ``start`` up to ``stop`` in blocks of whole lines, each with its offset.

    The first block is small, for those who want one line only. A block grows to hold its longest line.

    :param line_ends: the characters that end a line; a return and a newline that follows it are never parted.
    """
    pending: list[bytes] = []
    block_bytes = FIRST_BLOCK_BYTES
    position = start
    while position < stop:
        data = file.read(position, min(position + block_bytes, stop))
        position += len(data)
        cut = len(data) if position == stop else _last_line_end(encoding, data, line_ends)
        pending.append(data[:cut] if cut else data)
        if cut:
            block = b"".join(pending)
            yield position - len(data) + cut - len(block), block
            pending = [data[cut:]]
        block_bytes = min(block_bytes * 2, LARGEST_BLOCK_BYTES)


def decoded(file: SourceFile, encoding: Encoding, start: int, raw: bytes) -> DecodedBlock:
    """Decode a block.

    :raises SourceError: when it cannot be decoded, or its characters cannot be traced back to its bytes.
    """
    text = encoding.decode(raw, file.path, start)
    # Some old encodings write one character in several ways; offsets that are counted in text would be wrong.
    if text.encode(encoding.name, "replace") != raw:
        raise SourceError(
            f"{file.path}: {encoding.name} after byte {start} has characters of more than one spelling, "
            "so it cannot be cut safely; convert the file to utf-8"
        )
    return DecodedBlock(start, raw, text, encoding)


def _last_line_end(encoding: Encoding, data: bytes, line_ends: str) -> int:
    """Return how many bytes of data are whole lines."""
    width = len(encoding.newline)
    end = encoding.rfind("\n", data, len(data))
    if "\r" in line_ends:
        # Of the last character it is not known yet whether a newline follows it.
        end = max(end, encoding.rfind("\r", data, len(data) - width))
    return end + width if end >= 0 else 0
