"""Text of a csv file as one byte a character, in which only structure has the bytes of structure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from airflow_unifyweaver.sources.csv_dialect import Dialect
from airflow_unifyweaver.sources.encodings import Encoding

_DELIMITER = "\x01"
_QUOTE = "\x02"


@dataclass(frozen=True)
class Alphabet:
    """The bytes that stand for the delimiter, the quote and the line ends of files of one dialect and encoding."""

    dialect: Dialect
    encoding: Encoding

    @cached_property
    def is_plain(self) -> bool:
        """Whether the bytes of the file can be searched as they are."""
        structure = {"\n", "\r", self.dialect.delimiter, *self.dialect.quotechar}
        return self.encoding.newline == b"\n" and all(map(self.encoding.searchable, structure))

    @property
    def delimiter(self) -> bytes:
        """The byte of the delimiter."""
        return self._byte(self.dialect.delimiter, _DELIMITER)

    @property
    def quote(self) -> bytes:
        """The byte of the quote; empty when nothing is quoted."""
        return self._byte(self.dialect.quotechar, _QUOTE)

    def bytes_of(self, text: str) -> bytes:
        """Turn decoded text into a byte for each character; those that are not ASCII become ``?``."""
        return (text.translate(self._stand_ins) if self._needs_stand_ins else text).encode("ascii", "replace")

    def _byte(self, character: str, stand_in: str) -> bytes:
        if self.is_plain:
            return character.encode(self.encoding.name)
        return (stand_in if self._needs_stand_ins and character else character).encode("ascii")

    @cached_property
    def _needs_stand_ins(self) -> bool:
        return any(not character.isascii() or character == "?" for character in self._characters)

    @cached_property
    def _stand_ins(self) -> dict[int, str]:
        replaced = {ord(_DELIMITER): "?", ord(_QUOTE): "?"}
        return replaced | {ord(c): s for c, s in zip(self._characters, (_DELIMITER, _QUOTE), strict=False)}

    @property
    def _characters(self) -> str:
        return self.dialect.delimiter + self.dialect.quotechar
