"""Walking through a JSON document of any size, checking all of it and holding little of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from airflow_unifyweaver.sources.base import Span
from airflow_unifyweaver.sources.json_text import SCAN_ERRORS, JsonText, complaint, scan

LARGEST_WHOLE = 1 << 20
"""A value of more characters is not parsed to be skipped, but walked through."""

_LONGEST_TOKEN = 16
"""An error this close to the end of the window, in characters, may be there only because more is to come."""

_LONGEST_EXPONENT = 2
"""How far behind the end of a number its exponent may begin, without its digits: ``e+``."""

_LONGEST_ESCAPE = 6
_BLANK = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_STRING_PART = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+')
_LONG = object()
_END = object()


Element = tuple[int, int, Any]
"""Where an element of an array starts and stops in the file, and its value."""


class JsonWalk:
    """A walk through a text from its current place on.

    :raises SourceError: from every method, at the first byte that is not JSON or not UTF-8.
    """

    def __init__(self, text: JsonText) -> None:
        self._text = text

    def peek(self) -> str:
        """Move to the next token, and return its first character, or nothing at the end of the text."""
        text = self._text
        while True:
            text.at = _end(_BLANK, text)
            if text.at < len(text.window) or text.is_last:
                return text.window[text.at : text.at + 1]
            text.more()

    def members(self) -> Iterator[str | int]:
        """Enter the object or array that starts here; for each member yield its key or index, standing at its value.

        Whoever asks for the next member has moved behind that value. After the last, the walk is behind the whole.
        """
        is_object = self.peek() == "{"
        closer = "}" if is_object else "]"
        self._text.at += 1
        if self.peek() == closer:
            self._text.at += 1
            return
        for index in count():
            yield self._key() if is_object else index
            found = self.peek()
            if found not in (",", closer):
                raise self._text.error(self._text.at, "expecting ',' delimiter")
            self._text.at += 1
            if found == closer:
                return
            self.peek()

    def elements(self) -> Iterator[Span]:
        """Enter the array that starts here, and yield where each element stands, whatever its size."""
        for _ in self.members():
            for start, stop, _value in self._at_hand():
                yield start, stop
            self.peek()
            start = self._text.offset(self._text.at)
            self.skip()
            yield start, self._text.offset(self._text.at)

    def values(self) -> Iterator[Element]:
        """Yield the elements from here to the end of the text, which is part of an array, without its brackets."""
        while True:
            yield from self._at_hand()
            self.peek()
            start = self._text.offset(self._text.at)
            value = self._value()
            yield start, self._text.offset(self._text.at), value
            if not self.peek():
                return
            self._token(",")

    def skip(self) -> None:
        """Move behind the value that starts here."""
        inside: list[Iterator[str | int]] = []
        while True:
            if self._value(LARGEST_WHOLE) is _LONG:
                if self.peek() == '"':
                    self._skip_string()
                else:
                    inside.append(self.members())
            while inside and next(inside[-1], _END) is _END:
                inside.pop()
            if not inside:
                return

    def finish(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            raise self._text.error(self._text.at, "something follows the document")

    def _at_hand(self) -> Iterator[Element]:
        """Yield the elements that are in the window, each with a comma behind it; then stand before the next one."""
        text = self._text
        window, offset, start = text.window, text.offset, text.at
        while True:
            try:
                value, end = scan(window, start)
            except SCAN_ERRORS:
                return
            comma = _COMMA.match(window, end)
            if comma is None:
                return
            text.at = comma.end()
            yield offset(start), offset(end), value
            start = text.at

    def _value(self, longest: int | None = None) -> Any:
        """Parse the value that starts here, and move behind it.

        :param longest: return ``_LONG`` instead, and stay, when it has more characters and can be walked through.
        """
        text = self._text
        while True:
            try:
                value, end = scan(text.window, text.at)
            except SCAN_ERRORS as error:
                self._check_unfinished(error)
            else:
                # What looks like the end of a number is none before what follows is known.
                if text.is_last or len(text.window) - end > _LONGEST_EXPONENT:
                    text.at = end
                    return value
            if longest is not None and len(text.window) - text.at > longest and text.window[text.at] in '[{"':
                return _LONG
            text.more()

    def _check_unfinished(self, error: BaseException) -> None:
        """Raise unless more text could mend what the scanner raised."""
        text = self._text
        index, reason = complaint(error, text.at)
        is_open = len(text.window) - index <= _LONGEST_TOKEN or reason == "unterminated string"
        if text.is_last or not is_open or not isinstance(error, (StopIteration, ValueError)):
            raise text.error(index, reason) from None

    def _key(self) -> str:
        if self.peek() != '"':
            raise self._text.error(self._text.at, "expecting property name enclosed in double quotes")
        key: str = self._value()
        self._token(":")
        self.peek()
        return key

    def _token(self, token: str) -> None:
        if self.peek() != token:
            raise self._text.error(self._text.at, f"expecting {token!r} delimiter")
        self._text.at += 1

    def _skip_string(self) -> None:
        text = self._text
        text.at += 1
        while True:
            text.at = _end(_STRING_PART, text)
            if text.window.startswith('"', text.at):
                text.at += 1
                return
            if text.is_last or len(text.window) - text.at >= _LONGEST_ESCAPE:
                is_over = text.at == len(text.window)
                raise text.error(text.at, "unterminated string" if is_over else "no string has such a character")
            text.more()


def _end(pattern: re.Pattern[str], text: JsonText) -> int:
    """Return where a pattern that matches anything, if only nothing, stops to match."""
    match = pattern.match(text.window, text.at)
    assert match is not None  # noqa: S101 - as the pattern may match nothing
    return match.end()
