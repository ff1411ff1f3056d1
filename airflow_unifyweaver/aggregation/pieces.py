"""A published result in pieces: many lines to a write, whatever their length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airflow_unifyweaver import chunks

_PIECE_BYTES = 2**18


def in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines, each with its newline, to pieces of a size that is good to write."""
    return map(b"".join, chunks.of_size(lines, _PIECE_BYTES, len))
