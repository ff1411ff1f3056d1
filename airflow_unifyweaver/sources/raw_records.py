"""Records as they stand in a file, one by one, for those who rearrange them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from airflow_unifyweaver.sources.base import Span
from airflow_unifyweaver.sources.cuts import MarkedBlock, ends_by_count, spans
from airflow_unifyweaver.sources.source_file import SourceFile

CHUNK_BYTES = 1 << 18
"""How much is read at a time, rounded up to whole records."""

RawRecord = tuple[int, bytes]
"""A record's first byte in its file, and its bytes, line end included."""


def raw_records(
    file: SourceFile, blocks: Iterable[MarkedBlock], start: int, stop: int
) -> Iterator[Sequence[RawRecord]]:
    """Yield the records of a file in chunks.

    :param blocks: the file from ``start`` up to ``stop``, with its records marked.
    """
    held: list[Span] = []
    for span in spans(start, stop, ends_by_count(blocks, 1, stop)):
        held.append(span)
        if span[1] - held[0][0] >= CHUNK_BYTES:
            yield _read(file, held)
            held.clear()
    if held:
        yield _read(file, held)


def _read(file: SourceFile, places: Sequence[Span]) -> list[RawRecord]:
    first = places[0][0]
    data = file.read(first, places[-1][1])
    return [(start, data[start - first : stop - first]) for start, stop in places]
