"""What a source is to the rest of the package: a plan of batches on one side, a reader of one batch on the other.

Planning runs once, in the splitting process, from the job. Reading runs in every worker, from the plan alone:
a reader is built from the plan's manifest and needs neither the job nor pydantic.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas
    import pyarrow

Recipe = dict[str, Any]
"""How to read one batch again: a small JSON object, such as ``{"file": 0, "start": 0, "stop": 1048576}``.

``start`` and ``stop`` count what the type of source counts in (bytes, pages, row groups), and so two recipes of one
file that follow each other can be made one."""

Manifest = dict[str, Any]
"""What all recipes of a plan share: a JSON object with the source's ``type``, its files and their versions."""


Span = tuple[int, int]
"""Where a record stands: its first byte in the file, and the byte after its last."""


class Batch(Protocol):
    """The records of one batch, as work sees them. Iterating yields one record at a time."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the records: ``str`` for text, ``dict`` for csv, parquet and sql, whatever JSON has for json."""

    def bytes(self) -> builtins.bytes:
        """Return the records as they stand in the source, with what stands between them; rows as lines of JSON."""

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table, of strings for text and csv (needs the ``arrow`` extra)."""

    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame, of strings for text and csv (needs the ``pandas`` extra)."""

    def is_empty(self) -> bool:
        """Tell whether there is no record at all; work is not run on such a batch."""

    def records(self) -> list[Span]:
        """Return where each record stands, in order."""

    def pick(self, records: Sequence[Span]) -> Batch:
        """Return a batch of these records only.

        :param records: some of :meth:`records`, in order.
        """

    def describe(self, record: Span) -> dict[str, Any]:
        """Return what a person needs to find and know a record.

        That is ``file``, ``offset`` and ``length`` in bytes (in Parquet, ``row`` instead), and ``content``.
        """

    def feed(self, descriptor: int) -> None:
        """Write the records to a file descriptor (a command's standard input), copying as little as possible.

        Text in an encoding that is no superset of ASCII is written as UTF-8, elements of a JSON array as a line each.

        :raises BrokenPipeError: when the reader closed its end early.
        """


class PartBatch(Batch, Protocol):
    """A batch that can be followed by another one, of the next file, in one batch."""

    @property
    def newline(self) -> builtins.bytes:
        """What stands between the records of two files."""

    def pick(self, records: Sequence[Span]) -> PartBatch:
        """Return a batch of these records only."""

    def ends_line(self) -> bool:
        """Tell whether what :meth:`feed` writes ends with a newline."""


class Reader(Protocol):
    """Reads batches in a worker. Picklable, and cheap to build."""

    def read(self, recipe: Recipe) -> Batch:
        """Open the batch that a recipe names.

        :raises SourceError: when the source is no longer the one that was planned, or cannot be decoded.
        """


@dataclass
class SourcePlan:
    """A source cut into batches.

    :param manifest: what all recipes share; its digest is the version of the source, and guards a resume.
    :param size: bytes in the source, which ``backend: auto`` decides by; of a source that is spooled first, right as
        soon as the first recipe was asked for.
    :param recipes: the batches in order, made as they are asked for, so that a plan is never held in memory.
        Iterating may raise :class:`~airflow_unifyweaver.exceptions.SourceError`.
    :param unit: bytes, on average, in each of what recipes count in; right when :attr:`size` is.
    """

    manifest: Manifest
    size: int
    recipes: Iterator[Recipe]
    unit: float = 1.0
