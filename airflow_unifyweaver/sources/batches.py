"""What batches and readers of files have in common."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from airflow_unifyweaver.sources.base import Batch, Manifest, PartBatch, Recipe, Span
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.lines import pieces
from airflow_unifyweaver.sources.source_file import SourceFile, open_source, write_all

if TYPE_CHECKING:
    import pandas
    import pyarrow

SHOWN_BYTES = 1_000
"""How much of a record is shown when it is set aside."""


class FileBatch(ABC):
    """Whole records of one file, which are read when they are asked for.

    :param spans: where they stand: parts of the file, each from its first byte up to the byte after its last.
    """

    def __init__(self, file: SourceFile, encoding: Encoding, spans: Sequence[Span]) -> None:
        self._file = file
        self._encoding = encoding
        self._spans = spans

    @abstractmethod
    def __iter__(self) -> Iterator[Any]:
        """Yield the records."""

    @abstractmethod
    def arrow(self) -> pyarrow.Table:
        """Return the records as a table."""

    @abstractmethod
    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame."""

    @abstractmethod
    def records(self) -> list[Span]:
        """Return where each record stands, in order."""

    def pick(self, records: Sequence[Span]) -> Self:
        """Return a batch of these records only.

        :param records: some of :meth:`records`, in order.
        """
        picked = copy(self)
        picked._spans = _joined(records)  # noqa: SLF001 - its own copy
        return picked

    def describe(self, record: Span) -> dict[str, Any]:
        """Return what a person needs to find and know a record; of its content only the beginning if it is long."""
        start, stop = record
        content = self._file.read(start, min(stop, start + SHOWN_BYTES)).decode(self._encoding.name, "backslashreplace")
        return {"file": self._file.path, "offset": start, "length": stop - start, "content": content.rstrip("\r\n")}

    def bytes(self) -> builtins.bytes:
        """Return the batch as it stands in the file, line ends included."""
        return b"".join([self._file.read(start, stop) for start, stop in self._spans])

    def is_empty(self) -> bool:
        """Tell whether there is no record in the batch."""
        return not any(start < stop for start, stop in self._spans)

    def feed(self, descriptor: int) -> None:
        """Write the batch to a file descriptor that blocks, without bringing it into this process if it is ASCII-like.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        if self._encoding.ascii_superset:
            for start, stop in self._spans:
                self._file.send(descriptor, start, stop)
            return
        for piece in pieces(self._text()):
            write_all(descriptor, piece.encode())

    @property
    def newline(self) -> builtins.bytes:
        """How the batch's encoding writes a newline."""
        return self._encoding.newline

    def ends_line(self) -> bool:
        """Tell whether the batch ends with a newline; that of a file's last line may be missing."""
        start, stop = self._spans[-1]
        return self._file.read(max(start, stop - len(self.newline)), stop) == self.newline

    def _text(self) -> str:
        decode, path = self._encoding.decode, self._file.path
        return "".join([decode(self._file.read(start, stop), path, start) for start, stop in self._spans])


class FileReader(ABC):
    """Opens the batches of a manifest's files, and keeps the last file open, as the next batch is often in it too."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        self._manifest = manifest
        self._spool = spool
        self._index = -1
        self._file: SourceFile

    def __reduce__(self) -> tuple[type[Self], tuple[Manifest, Path]]:
        return type(self), (self._manifest, self._spool)

    def read(self, recipe: Recipe) -> Batch:
        """Open a batch: part of a file, or parts of several.

        :raises SourceError: when a file changed since it was planned.
        """
        if "parts" not in recipe:
            return self.read_part(recipe)
        from airflow_unifyweaver.sources.packed_batch import PackedBatch

        return PackedBatch.of(self.read_part, recipe["parts"])

    @abstractmethod
    def read_part(self, recipe: Recipe) -> PartBatch:
        """Open part of a file."""

    def _open(self, index: int) -> SourceFile:
        """Return a file of the manifest, open and checked to be the version that was planned."""
        if index != self._index:
            self._file = open_source(self._manifest["files"][index], self._spool)
            self._index = index
        self._file.check()
        return self._file


def _joined(records: Sequence[Span]) -> list[Span]:
    """Return the records as few spans, one for each run of records that follow each other."""
    spans: list[Span] = []
    for start, stop in records:
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]  # noqa: PLW2901
        spans.append((start, stop))
    return spans
