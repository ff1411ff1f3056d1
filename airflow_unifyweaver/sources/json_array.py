"""Reading a batch of elements of an array in a JSON document."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from typing import Any

from airflow_unifyweaver.sources.base import Recipe, Span
from airflow_unifyweaver.sources.batches import FileReader
from airflow_unifyweaver.sources.json_batch import JsonBatch
from airflow_unifyweaver.sources.json_text import BLANKS, BLOCK_BYTES, UTF8, JsonText
from airflow_unifyweaver.sources.json_walk import Element, JsonWalk
from airflow_unifyweaver.sources.source_file import write_all

_BLANKS = BLANKS.encode()
_STRING = re.compile(rb'("(?:[^"\\]++|\\.)*+")')


class JsonArrayBatch(JsonBatch):
    """Elements of an array. Its bytes are the elements with all that stands between them, without the brackets."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the elements."""
        return (value for _, _, value in self._elements())

    def bytes(self) -> builtins.bytes:
        """Return the elements as they stand in the file; where others were between them, there is a comma."""
        return b",".join([self._file.read(start, stop) for start, stop in self._spans])

    def records(self) -> list[Span]:
        """Return where each element stands."""
        return [(start, stop) for start, stop, _ in self._elements()]

    def feed(self, descriptor: int) -> None:
        """Write each element as a line of JSON without blanks, whatever it looks like in the file.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        for lines in self._lines():
            write_all(descriptor, lines)

    @property
    def newline(self) -> builtins.bytes:
        """What stands between elements where those of several files are one batch."""
        return b","

    def ends_line(self) -> bool:
        """Tell that :meth:`feed` ends every element with a newline."""
        return True

    def _elements(self) -> Iterator[Element]:
        for start, stop in self._spans:
            yield from JsonWalk(JsonText(self._file, start, stop)).values()

    def _lines(self) -> Iterator[builtins.bytes]:
        spans: list[Span] = []
        for start, stop, _ in self._elements():
            if spans and stop - spans[0][0] > BLOCK_BYTES:
                yield self._as_lines(spans)
                spans = []
            spans.append((start, stop))
        if spans:
            yield self._as_lines(spans)

    def _as_lines(self, spans: list[Span]) -> builtins.bytes:
        first = spans[0][0]
        data = self._file.read(first, spans[-1][1])
        return b"".join([compact(data[start - first : stop - first]) + b"\n" for start, stop in spans])


class JsonArrayReader(FileReader):
    """Opens batches of elements of an array."""

    def read_part(self, recipe: Recipe) -> JsonArrayBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        return JsonArrayBatch(self._open(recipe["file"]), UTF8, [(recipe["start"], recipe["stop"])])


def compact(value: builtins.bytes) -> builtins.bytes:
    """Return a JSON value without the blanks between its tokens; all else stays as it is written."""
    without = value.translate(None, _BLANKS)
    if b'"' not in value or len(without) == len(value):
        return without
    # Without escapes, quotes only ever begin and end strings, and dividing at them is faster.
    parts = _STRING.split(value) if b"\\" in value else value.split(b'"')
    parts[::2] = [part.translate(None, _BLANKS) for part in parts[::2]]
    return (b"" if b"\\" in value else b'"').join(parts)
