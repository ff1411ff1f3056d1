"""What batches and readers of files have in common."""

from __future__ import annotations

import builtins
import importlib
import os
from typing import Any, Self

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import Manifest
from airflow_unifyweaver.sources.encodings import Encoding
from airflow_unifyweaver.sources.lines import pieces
from airflow_unifyweaver.sources.open_file import OpenFile


class FileBatch:
    """Whole records of one file: its bytes from ``start`` up to ``stop``. They are read when they are asked for."""

    def __init__(self, file: OpenFile, encoding: Encoding, start: int, stop: int) -> None:
        self._file = file
        self._encoding = encoding
        self._start = start
        self._stop = stop

    def bytes(self) -> builtins.bytes:
        """Return the batch as it stands in the file, line ends included."""
        return self._file.read(self._start, self._stop)

    def is_empty(self) -> bool:
        """Tell whether there is no record in the batch."""
        return self._start >= self._stop

    def feed(self, descriptor: int) -> None:
        """Write the batch to a file descriptor that blocks, without bringing it into this process if it is ASCII-like.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        if self._encoding.ascii_superset:
            self._file.send(descriptor, self._start, self._stop)
            return
        for piece in pieces(self._text()):
            _write(descriptor, piece.encode())

    def _text(self) -> str:
        return self._encoding.decode(self.bytes(), self._file.path, self._start)


class FileReader:
    """Opens the batches of a manifest's files, and keeps the last file open, as the next batch is often in it too."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._index = -1
        self._file: OpenFile

    def __reduce__(self) -> tuple[type[Self], tuple[Manifest]]:
        return type(self), (self._manifest,)

    def _open(self, index: int) -> OpenFile:
        """Return a file of the manifest, open and checked to be the version that was planned."""
        if index != self._index:
            self._file = OpenFile(self._manifest["files"][index])
            self._index = index
        self._file.check()
        return self._file


def extra_module(name: str, extra: str) -> Any:
    """Import a module that only an extra of this package brings.

    :raises SourceError: when it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SourceError(
            f"a batch's .{extra}() needs {name}, which is not installed; pip install 'airflow-unifyweaver[{extra}]'"
        ) from None


def _write(descriptor: int, data: builtins.bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
