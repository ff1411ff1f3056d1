"""A batch of parts of several files."""

from __future__ import annotations

import builtins
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from airflow_unifyweaver.sources.base import PartBatch, Recipe, Span
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.source_file import write_all

if TYPE_CHECKING:
    import pandas
    import pyarrow

ReadPart = Callable[[Recipe], PartBatch]


class _Part(NamedTuple):
    """Part of a file.

    :param recipe: which.
    :param base: what is added to offsets in its file, so that no two records of the batch stand at the same place.
    :param picked: the records that are left of it, or None for all.
    """

    recipe: Recipe
    base: int
    picked: list[Span] | None = None


class PackedBatch:
    """Records of several files, one file open at a time, for there may be more than a process can have open.

    Where a file's last line has no end and another file follows, a newline is supplied.

    :param read: opens a part.
    :param parts: at least one.
    """

    def __init__(self, read: ReadPart, parts: Sequence[_Part]) -> None:
        self._read = read
        self._parts = parts

    @classmethod
    def of(cls, read: ReadPart, recipes: Sequence[Recipe]) -> Self:
        """Return the batch of parts of files."""
        bases = accumulate((recipe["stop"] for recipe in recipes), initial=0)
        return cls(read, [_Part(recipe, base) for recipe, base in zip(recipes, bases, strict=False)])

    def __iter__(self) -> Iterator[Any]:
        """Yield the records."""
        for batch in self._batches():
            yield from batch

    def bytes(self) -> builtins.bytes:
        """Return the records as they stand in their files, line ends included."""
        pieces: list[builtins.bytes] = []
        for batch in self._batches():
            data = batch.bytes()
            if data and pieces and not pieces[-1].endswith(batch.newline):
                pieces.append(batch.newline)
            if data:
                pieces.append(data)
        return b"".join(pieces)

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table of strings."""
        return extra_module("pyarrow", "arrow").concat_tables(
            [batch.arrow() for batch in self._batches()], promote_options="permissive"
        )

    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame of strings."""
        frames = [batch.pandas() for batch in self._batches()]
        return extra_module("pandas", "pandas").concat(frames, ignore_index=True)

    def is_empty(self) -> bool:
        """Tell whether there is no record in any part."""
        return all(batch.is_empty() for batch in self._batches())

    def records(self) -> list[Span]:
        """Return where each record stands, as if the files were one."""
        return [
            (part.base + start, part.base + stop) for part in self._parts for start, stop in self._open(part).records()
        ]

    def pick(self, records: Sequence[Span]) -> Self:
        """Return a batch of these records only.

        :param records: some of :meth:`records`, in order.
        """
        picked: dict[int, list[Span]] = {}
        for record in records:
            number, span = self._locate(record)
            picked.setdefault(number, []).append(span)
        return type(self)(self._read, [self._parts[number]._replace(picked=spans) for number, spans in picked.items()])

    def describe(self, record: Span) -> dict[str, Any]:
        """Return what a person needs to find and know a record in its file."""
        number, span = self._locate(record)
        return self._open(self._parts[number]).describe(span)

    def feed(self, descriptor: int) -> None:
        """Write the records to a file descriptor that blocks.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        is_amid_line = False
        for batch in self._batches():
            if batch.is_empty():
                continue
            if is_amid_line:
                write_all(descriptor, b"\n")
            batch.feed(descriptor)
            is_amid_line = not batch.ends_line()

    def _batches(self) -> Iterator[PartBatch]:
        return map(self._open, self._parts)

    def _open(self, part: _Part) -> PartBatch:
        batch = self._read(part.recipe)
        return batch if part.picked is None else batch.pick(part.picked)

    def _locate(self, record: Span) -> tuple[int, Span]:
        start, stop = record
        number = bisect_right(self._parts, start, key=lambda part: part.base) - 1
        base = self._parts[number].base
        return number, (start - base, stop - base)
