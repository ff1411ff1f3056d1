"""A published result in pieces: many lines to a write, whatever their length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_PIECE_BYTES = 2**18


def in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines, each with its newline, to pieces of a size that is good to write."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _PIECE_BYTES:
            yield b"".join(piece)
            piece.clear()
            size = 0
    if piece:
        yield b"".join(piece)
