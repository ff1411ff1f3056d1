"""Opening compressed files: by blocks where the format allows it, else by a copy of the content in the run's spool.

Either is made once, and found again by all who read the run.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, Protocol, cast

from airflow_unifyweaver.sources.compression.block_file import BlockFile
from airflow_unifyweaver.sources.compression.block_index import BlockIndex
from airflow_unifyweaver.sources.compression.damage import refusing_damage
from airflow_unifyweaver.sources.compression.streams import content_stream
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.source_file import SourceFile, open_stored
from airflow_unifyweaver.sources.source_stream import stream_of
from airflow_unifyweaver.sources.spooled_file import SpooledFile, copy_stream, new_file, place_in

_BLOCK_FORMATS = {"bgzf": "bgzf", "bz2": "bzip2", "zstd": "zstd"}
"""Format -> the module of this package that knows its blocks."""


class _BlockFormat(Protocol):
    """What such a module does."""

    def find_blocks(self, packed: SourceFile, stream: io.BufferedReader) -> BlockIndex | None:
        """Return where the blocks are, or None when some cannot be told from outside.

        :param stream: the file; where it was left is told when the data turns out to be damaged.
        """

    def block_reader(self, packed: SourceFile, index: BlockIndex) -> Callable[[int], bytes]:
        """Return what unpacks a block, given its number."""


def open_compressed(packed: SourceFile, entry: FileEntry, spool: Path) -> SourceFile:
    """Open the content of a compressed file.

    :param packed: the compressed file.
    :param entry: the file in the plan's manifest.
    :param spool: the folder in which to keep where its blocks are, or a copy of its content.
    :raises SourceError: when the data is damaged or cut off.
    :raises RunError: when the spool cannot be written to.
    """
    compression = entry["compression"]
    blocks, content = place_in(spool, entry, ".blocks.json"), place_in(spool, entry, ".content")
    if not blocks.exists() and not content.exists():
        index = _index(packed, compression)
        if index is None:
            _copy(packed, compression, content)
        else:
            with new_file(blocks) as write:
                write(index.to_json())
    if content.exists():
        return SpooledFile(packed, content)
    index = BlockIndex.from_json(blocks.read_bytes())
    return BlockFile(packed, compression, index, _format(compression).block_reader(packed, index))


def first_bytes(entry: FileEntry, count: int) -> bytes:
    """Return the beginning of the content of a compressed file.

    :raises SourceError: when the data is damaged or cut off right there.
    """
    path = entry["path"]
    with _stored_stream(entry) as stream, refusing_damage(path, entry["compression"], stream.tell):
        return content_stream(entry["compression"], path, stream).read(count)


def _stored_stream(entry: FileEntry) -> IO[bytes]:
    if not entry.get("stream"):
        return stream_of(open_stored(entry, Path()))
    from airflow_unifyweaver.sources.filesystems import open_stream

    return open_stream(entry["path"])


def _index(packed: SourceFile, compression: str) -> BlockIndex | None:
    """Return where the blocks are that the file is to be read by, or None when it is one stream."""
    if compression not in _BLOCK_FORMATS:
        return None
    stream = stream_of(packed)
    with refusing_damage(packed.path, compression, stream.tell):
        index = _format(compression).find_blocks(packed, stream)
    return index if index is not None and index.can_be_split else None


def _format(compression: str) -> _BlockFormat:
    place = f"airflow_unifyweaver.sources.compression.{_BLOCK_FORMATS[compression]}"
    return cast("_BlockFormat", import_module(place))


def _copy(packed: SourceFile, compression: str, place: Path) -> None:
    stream = stream_of(packed)
    with new_file(place) as copy, refusing_damage(packed.path, compression, stream.tell):
        copy_stream(content_stream(compression, packed.path, stream), copy)
