"""HDFS by Hadoop's own protocol, without Java, in processes that fork."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from hdfs_native.fsspec import HdfsFileSystem

KEPT_SECONDS = 3.5
"""How long hdfs-native keeps a connection to a data node for the next read: 3 s, and some more to be sure."""
PIECE_BYTES = 4 << 20
"""How much is copied at a time."""

_last_read = float("-inf")


class ForkedHdfs(HdfsFileSystem):
    """HDFS, of which a process may have read before it forks others that read.

    hdfs-native keeps connections in one place for the whole process, whatever its clients, and a forked process would
    wait for ever on one that it inherits. So whoever has just read forks when what it has kept has expired.
    """

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        # The library's own would take what follows a question mark, which patterns may have, for a query.
        return re.sub("^hdfs://[^/]*", "", path).rstrip("/") or cls.root_marker

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        """Return part of a file."""
        try:
            return bytes(super().cat_file(path, start=start, end=end, **options))
        finally:
            if not isinstance(sys.exception(), FileNotFoundError):  # of which no data node has heard
                _note_read()

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        """Make a file that appears whole.

        :raises FileExistsError: when the mode is ``create``, and there is such a file.
        """
        with self._whole_file(path, overwrite=mode != "create") as file:
            file.write(value)

    def put_file(self, lpath: str, rpath: str, **_: Any) -> None:
        """Copy a local file to one that appears whole."""
        with Path(lpath).open("rb") as source, self._whole_file(rpath, overwrite=True) as file:
            shutil.copyfileobj(source, file, PIECE_BYTES)

    @contextmanager
    def _whole_file(self, path: str, *, overwrite: bool) -> Iterator[IO[bytes]]:
        place = self._strip_protocol(path)
        folder, _, name = place.rpartition("/")
        temporary = f"{folder}/.{name}.{uuid.uuid4().hex}"
        try:
            with self.open(temporary, "wb") as file:
                yield file
            self.client.rename(temporary, place, overwrite)
        except BaseException:
            with suppress(Exception):  # what went wrong is told already
                self.rm_file(temporary)
            raise


def connect(url: str) -> ForkedHdfs:
    """Return the file system that a URL is of."""
    server = urlsplit(url)
    return ForkedHdfs(server.hostname, server.port, skip_instance_cache=True)


def _note_read() -> None:
    global _last_read  # noqa: PLW0603
    _last_read = time.monotonic()


def _let_connections_expire() -> None:
    time.sleep(max(0.0, _last_read + KEPT_SECONDS - time.monotonic()))


os.register_at_fork(before=_let_connections_expire)
