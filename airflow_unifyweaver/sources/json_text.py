"""The text of a JSON file between two places, of which only a window around the current place is held."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from typing import Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.blocks import DecodedBlock
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.source_file import SourceFile

BLOCK_BYTES = 1 << 18
"""How much is read at a time: as much as a processor's cache holds together with what becomes of it."""

BLANKS = " \t\n\r"
"""What JSON allows between its tokens; a line of nothing else is blank."""

UTF8 = encoding_named("utf-8")
"""The encoding of all JSON."""

_DECODER: Any = json.JSONDecoder()

encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Writes a value as JSON without blanks."""

scan = _DECODER.scan_once
"""Parses the value at an index of a text, and returns it with the index after it: Python's own scanner, in C."""

SCAN_ERRORS = (StopIteration, ValueError, RecursionError)
"""What :data:`scan` raises where there is no value."""

_TOO_DEEP = "nested more deeply than Python reads"
_TOO_LONG = "an integer of more digits than Python reads"


class JsonText:
    """Text with a current place, :attr:`at`, an index of the :attr:`window`, which moves on only.

    :attr:`offset` turns an index of the window into an offset in the file, fast for indexes in rising order.

    :param start: offset in the file of the first byte; a character starts there.
    :param stop: offset after the last byte.
    """

    def __init__(self, file: SourceFile, start: int, stop: int) -> None:
        self.window = ""
        self.at = 0
        self._file = file
        self._raw = b""
        self._start = start
        self._stop = stop
        self.offset: Callable[[int], int] = start.__add__

    @property
    def is_last(self) -> bool:
        """Whether the window reaches to the end of the text."""
        return self._start + len(self._raw) == self._stop

    def more(self) -> None:
        """Drop what lies before the current place, and add to what is left at least as much again.

        :raises SourceError: when what is added is not UTF-8.
        """
        start = self.offset(self.at)
        held = self._raw[start - self._start :]
        end = start + len(held)
        raw = held + self._file.read(end, min(end + max(len(held), BLOCK_BYTES), self._stop))
        try:
            text, length = codecs.utf_8_decode(raw, "strict", start + len(raw) == self._stop)
        except UnicodeDecodeError as error:
            raise undecodable(self._file.path, start, error) from None
        self._raw, self._start, self.window, self.at = raw, start, text, 0
        self.offset = start.__add__ if text.isascii() else DecodedBlock(start, raw[:length], text, UTF8).offset

    def error(self, index: int, reason: str) -> SourceError:
        """Return the error of a text that is not JSON at an index of the window."""
        offset = self.offset(index)
        if offset == self._stop == self._file.size:
            return SourceError(
                f"{self._file.path}: the JSON document breaks off at byte {offset} ({reason}); get the whole file"
            )
        return SourceError(f"{self._file.path}: byte {offset} cannot be read as JSON ({reason}); repair the file")


def parse(text: str) -> Any:
    """Parse a text that is one value, with blanks around it perhaps; raise what :data:`scan` does if it is none."""
    try:
        value, end = scan(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else _DECODER.decode(text)


def complaint(error: BaseException, start: int) -> tuple[int, str]:
    """Return the index at which :data:`scan` found no JSON, and why.

    :param error: what it raised.
    :param start: the index it was to begin at.
    """
    if isinstance(error, json.JSONDecodeError):
        return error.pos, _reason(error.msg)
    if isinstance(error, StopIteration):
        return error.value, "expecting value"
    return start, _TOO_DEEP if isinstance(error, RecursionError) else _TOO_LONG


def _reason(message: str) -> str:
    return message[0].lower() + message[1:].removesuffix(" at").removesuffix(" starting").rstrip(": ")


def undecodable(path: str, start: int, error: UnicodeDecodeError) -> SourceError:
    """Return the error of a file that is not UTF-8.

    :param start: offset in the file of what was to be decoded.
    """
    return SourceError(
        f"{path}: byte {start + error.start} cannot be decoded as utf-8 ({error.reason}), which JSON is written in; "
        "repair the file, or convert it to utf-8"
    )
