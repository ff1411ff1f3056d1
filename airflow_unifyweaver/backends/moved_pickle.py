"""Pickles in which paths below a folder are told by what follows it, so that they mean another folder elsewhere."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any


def dumps(value: object, folder: Path) -> bytes:
    """Pickle a value with its paths, and texts that are paths, below a folder."""
    buffer = io.BytesIO()
    _Pickler(buffer, folder).dump(value)
    return buffer.getvalue()


def load(file: io.BytesIO, folder: Path) -> Any:
    """Load a value whose paths are to be below another folder."""
    return _Unpickler(file, folder).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, folder: Path) -> None:
        super().__init__(file)
        self._folder = folder

    def persistent_id(self, value: object) -> tuple[type[Path] | type[str], str] | None:
        if isinstance(value, Path) and value.is_relative_to(self._folder):
            return Path, str(value.relative_to(self._folder))
        if type(value) is str and value.startswith(f"{self._folder}/"):
            return str, value.removeprefix(f"{self._folder}/")
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, folder: Path) -> None:
        super().__init__(file)
        self._folder = folder

    def persistent_load(self, told: tuple[type[Path] | type[str], str]) -> Path | str:
        kind, rest = told
        return kind(self._folder / rest)
