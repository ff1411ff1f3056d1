"""Zstandard files of several frames, such as pzstd writes and appending makes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from airflow_unifyweaver.sources.compression.block_index import BlockIndex
from airflow_unifyweaver.sources.compression.damage import DamagedBlockError
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.source_file import PIECE_BYTES, SourceFile
from airflow_unifyweaver.sources.source_stream import SourceStream

_LONGEST_HEADER = 18
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_CHECKSUM_BYTES = 4
_RUN_OF_ONE_BYTE = 1


def find_blocks(packed: SourceFile, stream: io.BufferedReader) -> BlockIndex:
    """Return where the frames are, hopping from block to block; those that do not tell their content are unpacked."""
    return BlockIndex.grouped(
        _frames(packed, stream, extra_module("zstandard", "compression", f"reading {packed.path}"))
    )


def block_reader(packed: SourceFile, index: BlockIndex) -> Callable[[int], bytes]:
    """Return what unpacks a frame, or a group of small ones, given its number."""
    decompressor = extra_module("zstandard", "compression", f"reading {packed.path}").ZstdDecompressor()

    def unpack(number: int) -> bytes:
        data = io.BytesIO(packed.read(*index.packed[number : number + 2]))
        with decompressor.stream_reader(data, read_across_frames=True) as content:
            return bytes(content.read(index.content_bytes(number) + 1))

    return unpack


def _frames(packed: SourceFile, stream: io.BufferedReader, zstandard: Any) -> Iterator[tuple[int, int]]:
    start = 0
    while start < packed.size:
        stream.seek(start)
        head = stream.read(_LONGEST_HEADER)
        if int.from_bytes(head[:4], "little") in _SKIPPABLE:
            stop, content = start + 8 + int.from_bytes(head[4:8], "little"), 0
        else:
            parameters = zstandard.get_frame_parameters(head)
            stop = _end_of_blocks(stream, start + zstandard.frame_header_size(head))
            stop += _CHECKSUM_BYTES * parameters.has_checksum
            content = parameters.content_size
        if stop > packed.size:
            raise DamagedBlockError("the file ends within a frame")
        if content == zstandard.CONTENTSIZE_UNKNOWN:
            content = _counted(SourceStream(packed, start, stop), zstandard)
        yield stop - start, content
        start = stop


def _end_of_blocks(stream: io.BufferedReader, position: int) -> int:
    """Return where the blocks of a frame end, each of which says how long it is and whether it is the last."""
    is_last = False
    while not is_last:
        stream.seek(position)
        header = stream.read(3)
        if len(header) < 3:
            raise DamagedBlockError("the file ends within a frame")
        number = int.from_bytes(header, "little")
        is_last = bool(number & 1)
        position += 3 + (1 if number >> 1 & 3 == _RUN_OF_ONE_BYTE else number >> 3)
    return position


def _counted(frame: SourceStream, zstandard: Any) -> int:
    """Return how much content a frame has, by unpacking it."""
    with zstandard.ZstdDecompressor().stream_reader(frame) as content:
        return sum(len(piece) for piece in iter(lambda: content.read(PIECE_BYTES), b""))
