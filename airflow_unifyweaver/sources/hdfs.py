"""HDFS by Hadoop's own protocol, without Java, in processes that fork."""

from __future__ import annotations

import os
import re
import time
from typing import Any
from urllib.parse import urlsplit

from hdfs_native.fsspec import HdfsFileSystem

KEPT_SECONDS = 3.5
"""How long hdfs-native keeps a connection to a data node for the next read: 3 s, and some more to be sure."""

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
            _note_read()


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
