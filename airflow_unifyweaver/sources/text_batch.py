"""Reading a batch of lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import Manifest, Recipe, Span
from airflow_unifyweaver.sources.batches import FileBatch, FileReader
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.lines import lines
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.source_file import SourceFile

if TYPE_CHECKING:
    import pandas
    import pyarrow

_COLUMN = "line"
_FIRST_LOOK = 4096
_LONGEST_LOOK = 1 << 20


class LineBatch(FileBatch):
    """Records that are a line each, whatever the line means."""

    def records(self) -> list[Span]:
        """Return where each line stands."""
        # Only a batch in which records fail is looked at so closely: other workers do without the scanner.
        from airflow_unifyweaver.sources.cuts import ends_by_count, spans
        from airflow_unifyweaver.sources.text_scan import scan_lines

        found: list[Span] = []
        for start, stop in self._spans:
            scanned = scan_lines(self._file, self._encoding, start, stop)
            found += spans(start, stop, ends_by_count(scanned, 1, stop))
        return found

    def _lines(self) -> Iterator[str]:
        return lines(self._text())


class TextBatch(LineBatch):
    r"""Lines of a text file. A record is a ``str`` without its line end, which is ``\n`` or ``\r\n``."""

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        return self._lines()

    def decoded(self) -> str:
        """Return all lines together, with their ends as they stand in the file; the last one may have none."""
        return self._text()

    def text(self) -> str:
        r"""Return all lines together, each with ``\n`` behind it."""
        text = self.decoded()
        if "\r" in text:  # which is told many times as fast as where \r\n is
            text = text.replace("\r\n", "\n")
        return text if text.endswith("\n") or not text else f"{text}\n"

    def arrow(self) -> pyarrow.Table:
        """Return the lines as the column ``line`` of a table."""
        arrow = extra_module("pyarrow", "arrow")
        compute = extra_module("pyarrow.compute", "arrow")
        text = self.text().removesuffix("\n")
        column = compute.split_pattern(arrow.array([text], arrow.large_string()), "\n").values
        return arrow.table({_COLUMN: (column[:0] if self.is_empty() else column).cast(arrow.string())})

    def pandas(self) -> pandas.DataFrame:
        """Return the lines as the column ``line`` of a frame."""
        return extra_module("pandas", "pandas").DataFrame({_COLUMN: list(self)}, dtype=str)


class LineReader(FileReader):
    """Finds the lines of a batch."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        super().__init__(manifest, spool)
        self._is_exact = manifest["exact"]

    def _lines(self, recipe: Recipe) -> tuple[SourceFile, Encoding, list[Span]]:
        """Return where the lines are whose first byte the recipe's range holds.

        :raises SourceError: when the file changed since it was planned.
        """
        file = self._open(recipe["file"])
        entry: FileEntry = self._manifest["files"][recipe["file"]]
        encoding = encoding_named(entry["encoding"])
        start, stop = recipe["start"], recipe["stop"]
        if not self._is_exact:
            start, stop = _whole_lines(file, encoding, entry["start"], start, stop)
        return file, encoding, [(start, stop)]


class TextReader(LineReader):
    """Opens batches of lines."""

    def read_part(self, recipe: Recipe) -> TextBatch:
        """Open a batch.

        :raises SourceError: when the file changed since it was planned.
        """
        return TextBatch(*self._lines(recipe))


def _whole_lines(file: SourceFile, encoding: Encoding, first: int, start: int, stop: int) -> tuple[int, int]:
    """Return where the lines that start in a range start and end; an empty range if there are none."""
    if start > first:
        # Not a byte beyond the range is looked at: of a line that is longer than many batches, each reads its own part.
        start = _next_line(file, encoding, start, stop)
        if start == stop:
            return stop, stop
    return start, _next_line(file, encoding, stop, file.size)


def _next_line(file: SourceFile, encoding: Encoding, position: int, stop: int) -> int:
    """Return where the first line at or after a position starts, or ``stop`` if none does before that."""
    width = len(encoding.newline)
    low = (position - 1) // width * width
    look = _FIRST_LOOK
    while low < stop:
        found = encoding.find_newline(file.read(low, min(low + look, stop)))
        if found >= 0:
            return min(low + found + width, stop)
        low += look
        look = min(look * 2, _LONGEST_LOOK)
    return stop
