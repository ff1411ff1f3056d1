"""Many at a time: what comes one by one, put together into lists that are worth a step of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def of_count(items: Iterable[T], count: int) -> Iterator[list[T]]:
    """Yield the items in lists of so many; the last one may have fewer."""
    remaining = iter(items)
    while chunk := list(islice(remaining, count)):
        yield chunk


def of_size(items: Iterable[T], least: int, size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield the items in lists, each ended by the item with which it reaches a size; the last one may be smaller.

    :param least: the size.
    :param size_of: tells the size of an item.
    """
    chunk: list[T] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += size_of(item)
        if size >= least:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
