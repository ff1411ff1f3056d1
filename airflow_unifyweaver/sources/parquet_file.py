"""Parquet files of a source, as Arrow reads them: through the source's own way to a file's bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.source_file import SourceFile
from airflow_unifyweaver.sources.source_stream import SourceStream

if TYPE_CHECKING:
    import pyarrow.parquet


def open_parquet(file: SourceFile) -> pyarrow.parquet.ParquetFile:
    """Open a Parquet file; of its content only the description at its end is read.

    :raises SourceError: when it is none, or pyarrow is not installed.
    """
    parquet = extra_module("pyarrow.parquet", "arrow")
    with parquet_errors(file.path, "is no Parquet file that can be read"):
        return parquet.ParquetFile(SourceStream(file))


@contextmanager
def parquet_errors(path: str, problem: str) -> Iterator[None]:
    """Raise what Arrow has against a file as one line.

    :raises SourceError: naming the file, the problem and Arrow's reason.
    """
    arrow = extra_module("pyarrow", "arrow")
    try:
        yield
    except (arrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise SourceError(f"{path} {problem} ({reason}); check source.path, or write the file again") from None
