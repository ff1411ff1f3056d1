r"""Text as Prolog reads it: in pieces of whole lines, of which it is told how each is read.

SWI-Prolog reads characters one by one, but cuts what it has in memory into lines in one go, which takes a third of the
time; a carriage return before a newline is taken off in that same go. It is one go only where a character is a byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from airflow_unifyweaver.sources.base import Batch
from airflow_unifyweaver.sources.lines import pieces
from airflow_unifyweaver.sources.text_batch import TextBatch
from airflow_unifyweaver.work.prolog.records import chunks

WHOLE = "whole"
"""A piece of Latin-1, which is read in one go; its size is in characters, without the last newline."""
LINES = "lines"
"""A piece of UTF-8, which is read line by line; its size is in lines."""

Place = tuple[str, int, int]
"""How a piece is read, the offset of its first byte, and its size."""

_BARE_RETURN = re.compile(r"\r(?!\n)")
_MOST_CHARACTERS = 1 << 20  # cut into lines, a piece is in memory twice


def text_of(batch: Batch) -> str:
    r"""Return the records of a batch of text, each with ``\n`` or ``\r\n`` behind it."""
    if not isinstance(batch, TextBatch):
        return _joined(batch)
    text = batch.decoded()  # to take it apart, and put it together again, is most of the cost
    return text if text.endswith("\n") or not text else f"{text}\r\n"  # not \n: \r may be the last character


def cut(text: str, places: list[Place]) -> Iterator[bytes]:
    """Yield a text in pieces.

    :param text: whole lines, none of which has NUL in it.
    :param places: gets the place of each piece.
    """
    start = 0
    for piece in pieces(text):
        how, size, content = _encoded(piece)
        places.append((how, start, size))
        start += len(content)
        yield content


def _joined(records: Iterable[str]) -> str:
    text = "".join("\n".join([*chunk, ""]) for chunk in chunks(records))
    return text.replace("\n", "\r\n") if "\r" in text else text  # \r at the end of a record is not part of the line end


def _encoded(piece: str) -> tuple[str, int, bytes]:
    if len(piece) <= _MOST_CHARACTERS and not ("\r" in piece and _BARE_RETURN.search(piece)):
        try:
            return WHOLE, len(piece) - 1, piece.encode("latin-1")
        except UnicodeEncodeError:
            pass
    lines = piece.replace("\r\n", "\n")
    return LINES, lines.count("\n"), lines.encode("utf-8", "surrogatepass")
