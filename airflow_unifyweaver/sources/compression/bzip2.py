"""bzip2 files, whose blocks of up to 900 kB begin at any bit."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from airflow_unifyweaver.sources.compression.block_index import BlockIndex
from airflow_unifyweaver.sources.compression.damage import DamagedBlockError
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.source_file import SourceFile
from airflow_unifyweaver.sources.source_stream import stream_of

_BITS = 8
_END_OF_STREAM_BITS = 80
_NO_REASON = "std::exception"


def find_blocks(packed: SourceFile, stream: io.BufferedReader) -> BlockIndex:
    """Return where the blocks are; nothing but unpacking the file tells."""
    file = _open(packed.path, stream)  # to be held as long as anything is asked of it
    with _plain_errors():
        found: dict[int, int] = file.block_offsets()
    end = -(-(max(found, default=0) + _END_OF_STREAM_BITS) // _BITS)
    if end != packed.size:
        stream.seek(end)
        raise DamagedBlockError("what follows there is no bzip2 data")
    places = sorted(found)
    return BlockIndex(places, [found[place] for place in places], _BITS)


def block_reader(packed: SourceFile, index: BlockIndex) -> Callable[[int], bytes]:
    """Return what unpacks a block, given its number."""
    file = _open(packed.path, stream_of(packed))
    file.set_block_offsets(dict(zip(index.packed, index.content, strict=True)))

    def unpack(number: int) -> bytes:
        with _plain_errors():
            file.seek(index.content[number])
            return bytes(file.read(index.content_bytes(number)))

    return unpack


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Raise what the library raises for damage, which may say nothing but ``std::exception``."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        reason = str(error)
        raise DamagedBlockError("a block is cut off" if reason == _NO_REASON else reason) from None


def _open(path: str, stream: io.BufferedReader) -> Any:
    return extra_module("indexed_bzip2", "compression", f"reading {path}").IndexedBzip2File(stream, parallelization=1)
