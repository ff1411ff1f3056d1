"""The lines that a command printed: results that need not be decoded to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class OutputLines:
    """A command's standard output, one result a line.

    :param data: the output; every line ends in a newline, the last one too.
    """

    data: bytes

    def __iter__(self) -> Iterator[str]:
        """Yield the lines without their newlines; bytes that are not UTF-8 are kept as lone surrogates."""
        for line in self.data.split(b"\n")[:-1]:
            yield line.decode("utf-8", "surrogateescape")

    def __len__(self) -> int:
        """Return the number of lines."""
        return self.data.count(b"\n")
