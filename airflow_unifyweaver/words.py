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


def duration(seconds: float) -> str:
    """Return a time in the two units that matter: ``0.8 s``, ``42 s``, ``3 min 20 s``, ``5 h 3 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
