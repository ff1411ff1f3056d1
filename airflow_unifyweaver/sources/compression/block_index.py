"""Where the blocks of a compressed file are."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Self

LARGEST_BLOCK_BYTES = 16 << 20
"""Most content of a block, as a reader holds one in memory."""

GROUP_BYTES = 1 << 20


@dataclass(frozen=True)
class BlockIndex:
    """Blocks that can be unpacked one without the others.

    :param packed: where each begins in the compressed file, and where the last one ends.
    :param content: where each begins in the content, and where the last one ends, in bytes.
    :param units: how many of ``packed`` are a byte: 8 where blocks begin at any bit.
    """

    packed: list[int]
    content: list[int]
    units: int = 1

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Return the index that :meth:`to_json` wrote."""
        return cls(**json.loads(text))

    @classmethod
    def grouped(cls, blocks: Iterable[tuple[int, int]]) -> Self:
        """Return an index in which small neighbours are one block.

        :param blocks: bytes in the compressed file and of content of each block, in order.
        """
        index = cls([0], [0])
        packed = content = 0
        for packed_bytes, content_bytes in blocks:
            held = content - index.content[-1]
            if held and held + content_bytes > GROUP_BYTES:
                index._add(packed, content)
            packed += packed_bytes
            content += content_bytes
        index._add(packed, content)
        return index

    def to_json(self) -> bytes:
        """Return the index as JSON."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.content[-1]

    @property
    def can_be_split(self) -> bool:
        """Whether there are several blocks with content, each small enough to be held in memory."""
        sizes = [self.content_bytes(number) for number in range(len(self.content) - 1)]
        return sum(map(bool, sizes)) > 1 and max(sizes) <= LARGEST_BLOCK_BYTES

    def content_bytes(self, number: int) -> int:
        """Return how much content a block has."""
        return self.content[number + 1] - self.content[number]

    def packed_byte(self, number: int) -> int:
        """Return the byte of the compressed file in which a block begins."""
        return self.packed[number] // self.units

    def parts(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield the blocks that hold a range of the content: number, and the range's start and stop in the block."""
        number = bisect_right(self.content, start) - 1
        while start < stop:
            first, end = self.content[number], min(self.content[number + 1], stop)
            if start < end:  # blocks without content are not worth unpacking
                yield number, start - first, end - first
            start = max(start, end)
            number += 1

    def _add(self, packed: int, content: int) -> None:
        self.packed.append(packed)
        self.content.append(content)
