"""Numbers in messages."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: ``1 batch``, ``2 batches``.

    :param plural: the noun's plural; with an s when None.
    """
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def batches(number: int) -> str:
    """Return a number of batches."""
    return counted(number, "batch", "batches")


def pieces(number: int) -> str:
    """Return a number of pieces, which adaptive batches are made of."""
    return counted(number, "piece")
