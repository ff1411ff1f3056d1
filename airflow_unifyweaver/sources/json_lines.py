"""Reading a batch of lines that each hold a JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import Recipe, Span
from airflow_unifyweaver.sources.blocks import line_blocks
from airflow_unifyweaver.sources.json_batch import JsonBatch
from airflow_unifyweaver.sources.json_text import BLANKS, SCAN_ERRORS, UTF8, complaint, parse, undecodable
from airflow_unifyweaver.sources.text_batch import LineReader

if TYPE_CHECKING:
    import pyarrow

_BLANKS = BLANKS.encode()


class JsonLinesBatch(JsonBatch):
    r"""Lines of a JSON file, each with one value. A line ends with ``\n``; one of blanks is no record."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the values."""
        for start, raw in self._blocks():
            for number, line in enumerate(self._decoded(start, raw).split("\n")):
                try:
                    value = parse(line)
                except SCAN_ERRORS as error:
                    if line.strip(BLANKS):
                        raise self._malformed(start, raw, number, error) from None
                else:
                    yield value

    def records(self) -> list[Span]:
        """Return where each line with a value stands."""
        found: list[Span] = []
        for start, raw in self._blocks():
            stop = start + len(raw)
            for line in raw.split(b"\n"):
                after = min(start + len(line) + 1, stop)
                if line.strip(_BLANKS):
                    found.append((start, after))
                start = after  # noqa: PLW2901
        return found

    def is_empty(self) -> bool:
        """Tell whether there is no line with a value."""
        return not any(raw.strip(_BLANKS) for _, raw in self._blocks())

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table, of the types that Arrow infers from the values of this batch.

        :raises SourceError: when the values of a column have no type in common.
        """
        from airflow_unifyweaver.sources.json_table import parsed_table

        table = parsed_table(self.bytes())
        return super().arrow() if table is None else table

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        for start, stop in self._spans:
            yield from line_blocks(self._file, UTF8, start, stop, "\n")

    def _decoded(self, start: int, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise undecodable(self._file.path, start, error) from None

    def _malformed(self, start: int, raw: bytes, number: int, error: BaseException) -> SourceError:
        """Return the error of a line, counted from 0 in a block."""
        lines = raw.split(b"\n")
        index, reason = complaint(error, 0)
        before = sum(len(line) + 1 for line in islice(lines, number))
        offset = start + before + len(lines[number].decode()[:index].encode())
        return SourceError(
            f"{self._file.path}: byte {offset} cannot be read as JSON ({reason}); repair the line, or set "
            "source.pointer if the file is one document"
        )


class JsonLinesReader(LineReader):
    """Opens batches of lines with JSON values."""

    def read_part(self, recipe: Recipe) -> JsonLinesBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        return JsonLinesBatch(*self._lines(recipe))
