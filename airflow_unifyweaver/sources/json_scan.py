"""Lines of a JSON file that hold a value, found by reading it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airflow_unifyweaver.sources.cuts import MarkedBlock
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.source_file import SourceFile
from airflow_unifyweaver.sources.text_scan import scan_lines

# Of nearly all files this finds nothing, and faster than the lines that are blank are found.
_LINE_STARTS_BLANK = re.compile(rb"\n[ \t\r\n]")
_BLANK_LINE = re.compile(rb"^[ \t\r]*+\n", re.MULTILINE)


def scan_values(file: SourceFile, encoding: Encoding, start: int, stop: int) -> Iterator[MarkedBlock]:
    """Yield the file from ``start`` up to ``stop``, of its newlines those only that end a line with a value.

    :raises SourceError: when the file changes meanwhile.
    """
    for block, marks in scan_lines(file, encoding, start, stop):
        if marks[:1] in b" \t\r\n" or _LINE_STARTS_BLANK.search(marks):
            yield MarkedBlock(block, _BLANK_LINE.sub(_hidden, marks))
        else:
            yield MarkedBlock(block, marks)


def _hidden(line: re.Match[bytes]) -> bytes:
    return b" " * len(line[0])
