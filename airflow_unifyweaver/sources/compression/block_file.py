"""The content of a compressed file that is read by blocks."""

from __future__ import annotations

from collections.abc import Callable

from airflow_unifyweaver.sources.compression.block_index import BlockIndex
from airflow_unifyweaver.sources.compression.damage import DamagedBlockError, refusing_damage
from airflow_unifyweaver.sources.source_file import SourceFile, send_pieces


class BlockFile:
    """Unpacks the blocks that are asked for, and keeps the last one, as the next read is often in it too.

    :param packed: the compressed file.
    :param compression: name of its format.
    :param index: where its blocks are.
    :param unpack: returns the content of a block, given its number.
    """

    def __init__(self, packed: SourceFile, compression: str, index: BlockIndex, unpack: Callable[[int], bytes]) -> None:
        self._packed = packed
        self._compression = compression
        self._index = index
        self._unpack = unpack
        self._kept = (-1, b"")
        self.path = packed.path
        self.size = index.size

    def check(self) -> None:
        """Raise unless the compressed file still is the planned version."""
        self._packed.check()

    def read(self, start: int, stop: int) -> bytes:
        """Return the content from ``start`` up to ``stop``; the version is checked after a block is read."""
        return b"".join([self._block(number)[first:end] for number, first, end in self._index.parts(start, stop)])

    def send(self, descriptor: int, start: int, stop: int) -> None:
        """Write the content from ``start`` up to ``stop`` to a descriptor that blocks."""
        send_pieces(self, descriptor, start, stop)

    def _block(self, number: int) -> bytes:
        if self._kept[0] != number:
            self._kept = (-1, b"")  # two blocks are never held
            self._kept = (number, self._unpacked(number))
        return self._kept[1]

    def _unpacked(self, number: int) -> bytes:
        wanted = self._index.content_bytes(number)
        with refusing_damage(self.path, self._compression, lambda: self._index.packed_byte(number)):
            data = self._unpack(number)
            if len(data) != wanted:
                raise DamagedBlockError(f"a block that should unpack to {wanted} bytes has others")
        return data
