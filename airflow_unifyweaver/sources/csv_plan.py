"""Planning batches of csv rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.csv_dialect import Dialect
from airflow_unifyweaver.sources.csv_keys import CsvKeys
from airflow_unifyweaver.sources.csv_scan import scanner_of
from airflow_unifyweaver.sources.cuts import MarkedBlock, batch_bytes, ends_by_bytes, ends_by_count, spans
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.packing import Scan, packed_by_bytes, packed_by_count
from airflow_unifyweaver.sources.planning import list_entries, planned
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.source_file import SourceFile, open_source
from airflow_unifyweaver.sources.spool import spooled

if TYPE_CHECKING:
    from airflow_unifyweaver.job.file_source import CsvSource
    from airflow_unifyweaver.job.model import BatchJob

Header = bool | Sequence[str]


def plan_csv(source: CsvSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of ``batch_size`` rows, of rows that together have ``batch_bytes``, or of whole keys.

    Every file is read from its start, as only its quotes tell where a row ends.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for what has to be kept of the files.
    :raises SourceError: when a file is missing or unreadable, or its header unusable.
    """
    dialect = Dialect(source.delimiter, source.quotechar or "")
    entries = list_entries(source.path, job.resolve, source.encoding)
    for entry in entries:
        _read_columns(entry, open_source(entry, spool), dialect, source.header)
    manifest: Manifest = {
        "type": "csv",
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quotechar,
        "files": entries,
    }
    grouping = grouping_of(job.batch)
    if grouping is not None:
        return spooled(manifest, spool, partial(regroup, CsvKeys(entries, dialect, grouping, spool), grouping))

    def scan(file: SourceFile, encoding: Encoding, start: int, stop: int) -> Iterator[MarkedBlock]:
        return scanner_of(dialect, encoding).scan(file, start, stop)

    def cut(size: int) -> Iterator[Recipe]:
        if job.batch.batch_size is not None:
            return packed_by_count(entries, spool, job.batch.batch_size, scan)
        target = batch_bytes(job.batch, size, workers)
        return packed_by_bytes(_measured(entries, spool, target, scan), entries, target)

    return planned(manifest, entries, spool, cut)


def _measured(entries: Sequence[FileEntry], spool: Path, target: int, scan: Scan) -> Iterator[Recipe]:
    for index, entry in enumerate(entries):
        file = open_source(entry, spool)
        start, size = entry["start"], file.size
        blocks = scan(file, encoding_named(entry["encoding"]), start, size)
        for first, stop in spans(start, size, ends_by_bytes(blocks, start, target, size)):
            yield {"file": index, "start": first, "stop": stop}


def _read_columns(entry: FileEntry, file: SourceFile, dialect: Dialect, header: Header) -> None:
    """Add the columns to an entry, and move its start behind the row that names them."""
    if not isinstance(header, bool):
        entry["columns"] = list(header)
        return
    names, end = _first_row(entry, file, dialect)
    entry["columns"] = names if header else [f"column_{number}" for number in range(1, len(names) + 1)]
    if header:
        _check_names(entry["path"], names)
        entry["start"] = end


def _first_row(entry: FileEntry, file: SourceFile, dialect: Dialect) -> tuple[list[str], int]:
    """Return the first row of a file and the offset after it; a file of blank lines has an empty one at its end."""
    encoding = encoding_named(entry["encoding"])
    blocks = scanner_of(dialect, encoding).scan(file, entry["start"], file.size)
    end = min(next(ends_by_count(blocks, 1, file.size), file.size), file.size)
    text = encoding.decode(file.read(entry["start"], end), file.path, entry["start"])
    return next(filter(None, dialect.rows(text)), []), end


def _check_names(path: str, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(
            f"{path}: the header names {', '.join(map(repr, repeated))} more than once; rename columns in the file, "
            "or set source.header to false or to a list of names if its first row is no header"
        )
