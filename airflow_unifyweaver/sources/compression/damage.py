"""Damaged and truncated compressed files."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.extras import extra_module


class DamagedBlockError(Exception):
    """Compressed data is not what its format demands."""


_ERRORS: tuple[type[Exception], ...] = (DamagedBlockError, EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error)


@contextmanager
def refusing_damage(path: str, compression: str, position: Callable[[], int]) -> Iterator[None]:
    """Raise what a library has against compressed data as an error that names the file.

    Data that needs more memory than is allowed may be sound; libraries tell it in words only.

    :param position: tells, as soon as there is an error, near which byte of the compressed file it is.
    :raises SourceError: naming the file and that byte.
    """
    errors = _ERRORS + _library_errors(path, compression)
    try:
        yield
    except errors as error:
        if "emory" in str(error):
            raise SourceError(
                f"{path}: unpacking its {compression} data takes more memory than is allowed "
                f"({str(error).rstrip('.')}); compress it with a smaller dictionary or window"
            ) from None
        raise SourceError(
            f"{path}: its {compression} data is damaged or cut off near byte {position()} of the compressed file "
            f"({str(error).rstrip('.')}); copy it again from where it came from"
        ) from None


def _library_errors(path: str, compression: str) -> tuple[type[Exception], ...]:
    if compression == "zstd":
        return (extra_module("zstandard", "compression", f"reading {path}").ZstdError,)
    return ()
