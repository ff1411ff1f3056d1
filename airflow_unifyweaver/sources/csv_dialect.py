"""How the rows of a csv file are written, read as Python's csv module reads them."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from airflow_unifyweaver.sources.lines import pieces


@dataclass(frozen=True)
class Dialect:
    """The characters that give a csv file its structure.

    :param delimiter: the character between two fields.
    :param quotechar: the character around a quoted field; empty when none are quoted.
    """

    delimiter: str
    quotechar: str

    def rows(self, text: str) -> Iterator[list[str]]:
        """Parse whole rows; a blank line is an empty row."""
        # The limit belongs to the whole process, and fields of any length are records here.
        csv.field_size_limit(sys.maxsize)
        lines = chain.from_iterable(io.StringIO(piece, newline="") for piece in pieces(text))
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quotechar or None,
            quoting=csv.QUOTE_MINIMAL if self.quotechar else csv.QUOTE_NONE,
        )
