"""Parquet files of a source, as Arrow reads them: through the source's own way to a file's bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.batches import extra_module
from airflow_unifyweaver.sources.source_file import SourceFile

if TYPE_CHECKING:
    import pyarrow.parquet


class _Bytes(io.RawIOBase):
    """The bytes of a source file, as a file object that is read anywhere."""

    def __init__(self, file: SourceFile) -> None:
        super().__init__()
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size}[whence]
        self._position = start + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        stop = self._file.size if size < 0 else min(self._position + size, self._file.size)
        data = self._file.read(self._position, stop) if self._position < stop else b""
        self._position += len(data)
        return data


def open_parquet(file: SourceFile) -> pyarrow.parquet.ParquetFile:
    """Open a Parquet file; of its content only the description at its end is read.

    :raises SourceError: when it is none, or pyarrow is not installed.
    """
    parquet = extra_module("pyarrow.parquet", "arrow")
    with parquet_errors(file.path, "is no Parquet file that can be read"):
        return parquet.ParquetFile(_Bytes(file))


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
