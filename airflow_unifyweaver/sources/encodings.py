"""What must be known of a text encoding to cut a file in it between characters."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache

from airflow_unifyweaver.exceptions import SourceError

LONGEST_MARK = 4
"""Bytes of the longest byte order mark."""

_MARKS = {
    "utf-8": {codecs.BOM_UTF8: "utf-8"},
    "utf-8-sig": {codecs.BOM_UTF8: "utf-8"},
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-16-le": {codecs.BOM_UTF16_LE: "utf-16-le"},
    "utf-16-be": {codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-32": {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
    "utf-32-le": {codecs.BOM_UTF32_LE: "utf-32-le"},
    "utf-32-be": {codecs.BOM_UTF32_BE: "utf-32-be"},
}
_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_ASCII = bytes(range(128))


@dataclass(frozen=True)
class Encoding:
    """An encoding whose files can be cut anywhere between two characters.

    :param name: Python's name of the codec.
    :param newline: how a newline is written; its length is that of a code unit.
    :param ascii_superset: whether ASCII text is written as in ASCII.
    """

    name: str
    newline: bytes
    ascii_superset: bool

    def find_newline(self, data: bytes, start: int = 0) -> int:
        """Return where the first newline of data that starts at a code unit is, or -1."""
        width = len(self.newline)
        position = data.find(self.newline, start)
        while position > 0 and position % width:
            position = data.find(self.newline, position + 1)
        return position

    def rfind(self, character: str, data: bytes, stop: int) -> int:
        """Return where the last such character that ends by ``stop`` is, or -1; it must be one code unit."""
        unit = character.encode(self.name)
        position = data.rfind(unit, 0, stop)
        while position > 0 and position % len(unit):
            position = data.rfind(unit, 0, position + len(unit) - 1)
        return position

    def decode(self, data: bytes, path: str, offset: int) -> str:
        """Decode part of a file.

        :param path: the file, for the message of an error.
        :param offset: where in the file the data starts, in bytes.
        :raises SourceError: naming the first byte that cannot be decoded.
        """
        try:
            return data.decode(self.name)
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{path}: byte {offset + error.start} cannot be decoded as {self.name} ({error.reason}); "
                "set source.encoding to the encoding of the file, or repair the file"
            ) from None

    def searchable(self, character: str) -> bool:
        """Tell whether a character is always one byte, and that byte never means or makes part of anything else."""
        return _is_searchable(self.name, character)


@lru_cache
def _is_searchable(encoding: str, character: str) -> bool:
    try:
        byte = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(byte) == 1 and not any(
        _part_of_another(encoding, bytes([lead]) + byte, character) for lead in range(128, 256)
    )


def _part_of_another(encoding: str, pair: bytes, character: str) -> bool:
    # Twice the pair makes the characters of four bytes, whose second and fourth byte are of one kind.
    for data in (pair, pair * 2):
        try:
            if not data.decode(encoding).endswith(character):
                return True
        except UnicodeDecodeError:
            continue
    return False


@lru_cache
def encoding_named(name: str) -> Encoding:
    """Return an encoding by the name that :func:`codec_of` returned."""
    newline = "\n".encode(name)
    return Encoding(name, newline, _ASCII.decode(name, "replace") == _ASCII.decode("ascii"))


def codec_of(name: str, head: bytes) -> tuple[str, int]:
    """Return the codec of a file's text, and the length of its byte order mark in bytes.

    UTF-16 and UTF-32 of no named byte order take it from the mark, and are little endian without one.

    :param name: the encoding in the job.
    :param head: the first bytes of the file, :data:`LONGEST_MARK` of them if it has as many.
    :raises SourceError: when Python knows no such encoding.
    """
    try:
        canonical = codecs.lookup(name).name
    except LookupError:
        raise SourceError(f"source.encoding {name!r} is unknown to Python; use for example utf-8 or latin-1") from None
    for mark, codec in _MARKS.get(canonical, {}).items():
        if head.startswith(mark):
            return codec, len(mark)
    return _UNMARKED.get(canonical, canonical), 0
