"""Lines of a text file, found by reading it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.cuts import MarkedBlock
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.source_file import SourceFile

if TYPE_CHECKING:
    from airflow_unifyweaver.sources.blocks import Block


def scan_lines(file: SourceFile, encoding: Encoding, start: int, stop: int) -> Iterator[MarkedBlock]:
    """Yield the file from ``start`` up to ``stop``, every line of it ending in a newline, the last one too.

    :raises SourceError: when the file changes meanwhile, or has to be decoded and cannot be.
    """
    from airflow_unifyweaver.sources.blocks import PlainBlock, line_blocks  # most plans of lines read none

    is_plain = encoding.newline == b"\n" and encoding.searchable("\n")
    for offset, raw in line_blocks(file, encoding, start, stop, "\n"):
        block, marks = _marked(file, encoding, offset, raw) if not is_plain else (PlainBlock(offset), raw)
        yield MarkedBlock(block, marks if marks.endswith(b"\n") else marks + b"\n")


def _marked(file: SourceFile, encoding: Encoding, offset: int, raw: bytes) -> tuple[Block, bytes]:
    from airflow_unifyweaver.sources.blocks import decoded

    block = decoded(file, encoding, offset, raw)
    return block, block.text.encode("ascii", "replace")
