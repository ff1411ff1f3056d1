r"""Rows of a csv file, found by following its quotes from the start as Python's csv module does.

A quote opens a field only where a field starts; within one, two quotes are a character; what follows the closing quote
up to the next delimiter is ordinary text, quotes included. Outside of quotes ``\n``, ``\r`` and ``\r\n`` end a row,
and a blank line is no row. As every block ends with a line, all that one block hands to the next is whether a quoted
field is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.blocks import Block, PlainBlock, decoded, line_blocks
from airflow_unifyweaver.sources.csv_alphabet import Alphabet
from airflow_unifyweaver.sources.csv_dialect import Dialect
from airflow_unifyweaver.sources.cuts import MarkedBlock
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.source_file import SourceFile

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_BLANK_LINE = re.compile(rb"\n[\r\n]")
_RETURN_TO_NEWLINE = bytes.maketrans(b"\r", b"\n")
_HIDE_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")


@dataclass(frozen=True)
class RowScanner:
    """Finds the rows of files of one dialect and encoding."""

    alphabet: Alphabet

    def scan(self, file: SourceFile, start: int, stop: int) -> Iterator[MarkedBlock]:
        """Yield the file from ``start``, where a row starts, up to ``stop``, with a mark where each row ends.

        The last byte of a row's line end is marked, or of the blank lines after it as far as they are in the block.

        :raises SourceError: when a quoted field is still open at the end, or the file changes meanwhile.
        """
        opening = None
        for offset, raw in line_blocks(file, self.alphabet.encoding, start, stop, "\r\n"):
            block, data = self._characters(file, offset, raw)
            data, opened = self._hide_quoted(data, was_open=opening is not None)
            if opened is None:
                opening = None
            elif opened >= 0:
                opening = block.offset(opened)
            yield MarkedBlock(block, _mark_rows(data))
        if opening is not None:
            raise SourceError(
                f"{file.path}: the quote at byte {opening} is never closed; close it, or set source.quotechar to "
                "the character that the file quotes with, or to null if it quotes nothing"
            )

    def _characters(self, file: SourceFile, offset: int, raw: bytes) -> tuple[Block, bytes]:
        block: Block = PlainBlock(offset)
        data = raw
        if not self.alphabet.is_plain:
            block = decoded(file, self.alphabet.encoding, offset, raw)
            data = self.alphabet.bytes_of(block.text)
        return block, data if data.endswith((b"\n", b"\r")) else data + b"\n"

    def _hide_quoted(self, data: bytes, *, was_open: bool) -> tuple[bytes, int | None]:
        """Blank out the line ends inside quotes.

        :param was_open: whether data starts inside a quoted field.
        :return: the data, and the index of the quote that is still open at its end: -1 if it is the one before data.
        """
        quote = self.alphabet.quote
        if not quote or (quote not in data and not was_open):
            return data, None
        parts = self._quoted_field.split(quote + data if was_open else data)
        fields = b"".join(parts[1::2])
        if b"\n" not in fields and b"\r" not in fields:
            return data, None
        # Data ends with a line end, so the last field reaches the end of it only if it is never closed.
        opened = None if parts[-1] else len(data) - len(parts[-2])
        parts[1::2] = [field.translate(_HIDE_LINE_ENDS) for field in parts[1::2]]
        return b"".join(parts)[was_open:], opened

    @cached_property
    def _quoted_field(self) -> re.Pattern[bytes]:
        """A quote where a field starts, and all up to the quote that closes it, or to the end."""
        quote, delimiter = map(re.escape, (self.alphabet.quote, self.alphabet.delimiter))
        # What precedes the quote is looked at after the quote is found, as finding one byte is fast.
        return re.compile(
            rb"(%(q)b(?<![^%(d)b\r\n]%(q)b)[^%(q)b]*+(?:%(q)b%(q)b[^%(q)b]*+)*+(?:%(q)b|\Z))"
            % {b"q": quote, b"d": delimiter}
        )


@lru_cache
def scanner_of(dialect: Dialect, encoding: Encoding) -> RowScanner:
    """Return the scanner of files of a dialect and encoding; to make it takes longer than to scan a small file."""
    return RowScanner(Alphabet(dialect, encoding))


def _mark_rows(data: bytes) -> bytes:
    """Keep of all line ends one newline for each row, which becomes the last byte of the row's line end."""
    if _LONE_RETURN.search(data) or _BLANK_LINE.search(data) or data.startswith((b"\n", b"\r")):
        return _mark_irregular_rows(data)
    return data


def _mark_irregular_rows(data: bytes) -> bytes:
    data = data.translate(_RETURN_TO_NEWLINE)
    # Of a run of newlines the last one stays. Each step halves the runs or joins what the step before left.
    data = data.replace(b"\n\n", b"\r\n").replace(b"\n\r", b"\r\r").replace(b"\n\n", b"\r\n")
    blank = len(data) - len(data.lstrip(b"\r\n"))
    return b"\r" * blank + data[blank:]
