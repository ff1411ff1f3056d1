"""BGZF: a gzip file of members of at most 64 KiB, each of which tells its length in its header."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable, Iterator

from airflow_unifyweaver.sources.compression.block_index import BlockIndex
from airflow_unifyweaver.sources.compression.damage import DamagedBlockError
from airflow_unifyweaver.sources.source_file import SourceFile

_HEADER = struct.Struct("<4s6xH2sHH")
_BEGIN = b"\x1f\x8b\x08\x04"
_FIELD = b"BC"
_CONTENT_BYTES = struct.Struct("<I")
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block at the end of every such file: without it, the file was cut off between two blocks."""


class _OtherMemberError(Exception):
    """A member of the file is ordinary gzip, of unknown length."""


def find_blocks(packed: SourceFile, stream: io.BufferedReader) -> BlockIndex | None:
    """Return where the blocks are, by hopping from header to header; None when some are ordinary gzip."""
    try:
        index = BlockIndex.grouped(_blocks(stream, packed.size))
    except _OtherMemberError:
        return None
    if packed.read(max(packed.size - len(_END), 0), packed.size) != _END:
        raise DamagedBlockError("the empty block that ends such a file is missing")
    return index


def block_reader(packed: SourceFile, index: BlockIndex) -> Callable[[int], bytes]:
    """Return what unpacks a block, given its number."""
    return lambda number: gzip.decompress(packed.read(*index.packed[number : number + 2]))


def _blocks(stream: io.BufferedReader, size: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < size:
        stream.seek(start)
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise DamagedBlockError("the file ends within a header")
        begin, _, field, _, last = _HEADER.unpack(header)
        if begin != _BEGIN or field != _FIELD:
            raise _OtherMemberError
        stop = start + last + 1
        if stop > size:
            raise DamagedBlockError("the file ends within a block")
        stream.seek(stop - _CONTENT_BYTES.size)
        yield stop - start, *_CONTENT_BYTES.unpack(stream.read(_CONTENT_BYTES.size))
        start = stop
