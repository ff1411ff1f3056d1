"""Where batches end, found in blocks in which exactly one newline stands for the end of every record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch
    from airflow_unifyweaver.sources.blocks import Block

LARGEST_DEFAULT = 64 << 20
"""Most bytes of a batch when the job does not say how to cut."""

MEMORY_PER_BATCH_BYTE = 32
"""How many bytes of a worker's memory a default batch leaves for each of its own: records as Python objects and what
work makes of them take several times what they take in a file, and the worker itself takes some as well."""

_SMALLEST_DEFAULT = 1000
_FEWEST_PIECES, _MOST_PIECES = 10_000, 20_000
"""Into how many pieces a source is cut that adaptive batches are made of, each of which costs some ten microseconds."""
_SMALL_PIECE = 10_000
"""Bytes: only a source whose pieces would be larger is cut into more of them."""
_SMALLEST_PIECE = 16
"""Bytes: about a short record, so that even of a thousand records each can be a batch."""
_BATCHES_PER_WORKER = 4
_CHUNK = 4096
_FEW = 32


class MarkedBlock(NamedTuple):
    r"""A block, and one byte for each of its characters: ``\n`` where a record ends, anything else elsewhere."""

    block: Block
    marks: bytes


def batch_bytes(batch: Batch, size: int, workers: int) -> int:
    """Return the bytes of a batch: those that the job says, else a number that fits the source and the workers.

    :param size: bytes in the source.
    :param workers: how many batches run at a time.
    """
    if batch.adaptive is not None:
        pieces = min(max(_FEWEST_PIECES, size // _SMALL_PIECE), _MOST_PIECES)
        return min(max(_SMALLEST_PIECE, -(-size // pieces)), largest_batch_bytes(batch.max_batch_memory))
    return batch.batch_bytes or default_batch_bytes(size, workers, batch.max_batch_memory)


def default_batch_bytes(size: int, workers: int, memory: int | None) -> int:
    """Return a batch's bytes that give each worker a few batches of a source, and fit into memory.

    :param memory: most bytes that a worker may hold, if there is a limit.
    """
    return min(max(_SMALLEST_DEFAULT, size // (workers * _BATCHES_PER_WORKER)), largest_batch_bytes(memory))


def largest_batch_bytes(memory: int | None) -> int:
    """Return the most bytes of a batch whose size the job leaves open.

    :param memory: most bytes that a worker may hold, if there is a limit.
    """
    return LARGEST_DEFAULT if memory is None else min(LARGEST_DEFAULT, max(1, memory // MEMORY_PER_BATCH_BYTE))


def spans(start: int, size: int, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield where batches start and stop; the last takes what follows the last record, such as blank lines."""
    held = None
    for end in ends:
        if held is not None:
            yield start, held
            start = held
        held = end
    if held is not None:
        yield start, size


class RecordCount:
    """Cuts files after every ``count``-th record, counting on from one file to the next."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._missing = count

    @property
    def is_full(self) -> bool:
        """Whether no record follows the last cut."""
        return self._missing == self._count

    def ends(self, blocks: Iterable[MarkedBlock], size: int) -> Iterator[int]:
        """Yield the offset of every cut in a file, and ``size`` if records follow the last of them."""
        missing = before = self._missing
        for block, marks in blocks:
            for low in range(0, len(marks), _CHUNK):
                high = low + _CHUNK
                found = marks.count(b"\n", low, high)
                index = low
                while found >= missing:
                    found -= missing
                    index = _nth_newline(marks, index, high, missing)
                    yield block.offset(index)
                    missing = before = self._count
                missing -= found
        self._missing = missing
        if missing < before:
            yield size


def ends_by_count(blocks: Iterable[MarkedBlock], count: int, size: int) -> Iterator[int]:
    """Yield the offset after every ``count``-th record of a file, and ``size`` if fewer follow the last of them."""
    return RecordCount(count).ends(blocks, size)


def ends_by_bytes(blocks: Iterable[MarkedBlock], start: int, target: int, size: int) -> Iterator[int]:
    """Yield the offset of the first record end at or after every ``target`` bytes, and ``size`` for what is left."""
    goal = start + target
    is_open = False
    for block, marks in blocks:
        last = 0
        index = max(block.index(goal) - 1, 0)
        while (index := marks.find(b"\n", index) + 1) > 0:
            offset = block.offset(index)
            # A goal amid a character of several bytes may point one character too early.
            if offset >= goal:
                yield offset
                goal = offset + target
                last, is_open = index, False
                index = max(block.index(goal) - 1, index)
        is_open = is_open or marks.find(b"\n", last) >= 0
    if is_open:
        yield size


def _nth_newline(data: bytes, low: int, high: int, number: int) -> int:
    """Return the index after a newline, the number-th at or after ``low``, which is before ``high``."""
    while number > _FEW:
        middle = (low + high) // 2
        found = data.count(b"\n", low, middle)
        if found < number:
            number -= found
            low = middle
        else:
            high = middle
    for _ in range(number):
        low = data.find(b"\n", low) + 1
    return low
