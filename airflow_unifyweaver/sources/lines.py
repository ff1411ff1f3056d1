"""Text as lines, without holding all lines of a batch at once."""

from __future__ import annotations

from collections.abc import Iterator

PIECE_CHARACTERS = 1 << 16
"""How much text is split into lines at a time."""


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces of whole lines, each as short as lines allow but not below :data:`PIECE_CHARACTERS`."""
    start = 0
    while start < len(text):
        stop = text.find("\n", start + PIECE_CHARACTERS) + 1 or len(text)
        yield text[start:stop]
        start = stop


def lines(text: str) -> Iterator[str]:
    r"""Yield the lines of a text without their ends, which are ``\n`` and ``\r\n`` and no other character."""
    for piece in pieces(text):
        found = piece.replace("\r\n", "\n").split("\n")
        if not found[-1]:
            found.pop()
        yield from found
