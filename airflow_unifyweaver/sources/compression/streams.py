"""Compressed files as streams of their content, in bounded memory whatever they unpack to."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from typing import IO, Any, cast

from airflow_unifyweaver.sources.compression.xz import XzStream
from airflow_unifyweaver.sources.extras import extra_module

_OPEN: dict[str, Callable[[IO[bytes]], Any]] = {
    "bgzf": gzip.open,
    "gzip": gzip.open,
    "bz2": bz2.open,
    "xz": XzStream,
}


def content_stream(compression: str, path: str, packed: IO[bytes]) -> IO[bytes]:
    """Return the content of a compressed file as a stream.

    It ends in an error where the data is cut off or garbage follows, but for bz2 and zstd: look for their blocks first.

    :raises SourceError: when the library for it is not installed.
    """
    if compression != "zstd":
        return cast("IO[bytes]", _OPEN[compression](packed))
    decompressor = extra_module("zstandard", "compression", f"reading {path}").ZstdDecompressor()
    return cast("IO[bytes]", decompressor.stream_reader(packed, read_across_frames=True))
