"""Partial results by key that DuckDB adds up: the same as in Python, and faster where there are many.

DuckDB is given what it treats exactly: integers of 64 bits, whose sums have 128, and text keys without escapes, whose
bytes have the order in which keys are published. Everything else goes to a table in Python, and everything does when
DuckDB has something against it.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from importlib.util import find_spec
from itertools import chain
from typing import IO

from airflow_unifyweaver.aggregation.external_merge import Table, merge_external, merge_runs, read_pieces
from airflow_unifyweaver.exceptions import writing

LEAST_BYTES = 16 * 2**20
"""For less than this, starting DuckDB does not pay."""
MEMORY_LIMIT = 400 * 10**6
"""How many bytes DuckDB may take; what it needs beyond that it writes to disk."""

_WEIGHT = 2  # of a byte that waits for DuckDB, as bytes of a table's memory: so up to 256 MiB are added up at a time
_PREFIX = "unifyweaver-"
# The quote that ends a key is part of the delimiter, for without it keys have the order of their text. A line with a
# key of another kind does not have this delimiter, and a partial sum of floats is no integer: both are errors.
_QUERY = """
COPY (
    SELECT key, sum(partial) FROM read_csv(
        '/proc/self/fd/{lines}', auto_detect = false, strict_mode = true, header = false, new_line = '\\n',
        delim = '"\t', quote = '', escape = '', comment = '', columns = {{'key': 'VARCHAR', 'partial': 'BIGINT'}}
    ) GROUP BY key ORDER BY key
) TO '/proc/self/fd/{sums}' (FORMAT csv, HEADER false, DELIMITER '"\t', QUOTE '', ESCAPE '', USE_TMP_FILE false)
"""

log = logging.getLogger(__name__)


def is_available() -> bool:
    """Tell whether DuckDB is installed."""
    return find_spec("duckdb") is not None


def merge_with_duckdb(payloads: Iterable[bytes], new_table: Callable[[], Table]) -> Iterator[bytes]:
    """Merge as :func:`~airflow_unifyweaver.aggregation.external_merge.merge_external` does.

    :param new_table: makes a table that adds partial results by key.
    """
    with ExitStack() as files:
        yield from merge_external(payloads, _Table(new_table, files))


class _Table:
    """Partial results that wait for DuckDB, and a table of all others."""

    def __init__(self, new_table: Callable[[], Table], files: ExitStack) -> None:
        self._new_table = new_table
        self._files = files
        self._others = new_table()
        self._waiting = _Waiting(files)
        self.order = self._others.order

    def add(self, payload: bytes) -> int:
        if not _fits(payload):
            return self._others.add(payload)
        self._waiting.append(payload)
        return _WEIGHT * len(payload)

    def take(self) -> Iterator[bytes]:
        waiting, self._waiting = self._waiting, _Waiting(self._files)
        others, self._others = self._others, self._new_table()
        sums = waiting.added_up() if waiting.size >= LEAST_BYTES else None
        if sums is None:
            return merge_external(waiting, others)
        rest = others.take()
        first = next(rest, None)
        return sums if first is None else merge_runs(self._new_table(), sums, chain([first], rest))


class _Waiting:
    """Payloads in a file, or in memory until they are worth one; iterate once.

    :param files: closes the file in the end.
    """

    def __init__(self, files: ExitStack) -> None:
        self._files = files
        self._file = tempfile.SpooledTemporaryFile(LEAST_BYTES, prefix=_PREFIX)  # noqa: SIM115, closed by files
        files.callback(_close, self._file)
        self._lengths: list[int] = []
        self.size = 0

    def append(self, payload: bytes) -> None:
        with _writing():
            self._file.write(payload)
        self._lengths.append(len(payload))
        self.size += len(payload)

    def __iter__(self) -> Iterator[bytes]:
        with _writing():
            self._file.seek(0)
        yield from map(self._file.read, self._lengths)
        self._file.close()

    def added_up(self) -> Iterator[bytes] | None:
        """Return a line with the sum of each key, or None when DuckDB could not do that."""
        import duckdb

        with _writing(), tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            self._file.flush()
            sums = tempfile.TemporaryFile(prefix=_PREFIX)  # noqa: SIM115, closed by files
            self._files.callback(_close, sums)
            threads = len(os.sched_getaffinity(0))
            try:
                with duckdb.connect(
                    config={"memory_limit": f"{MEMORY_LIMIT}B", "threads": threads, "temp_directory": folder}
                ) as connection:
                    connection.execute("SET enable_progress_bar = false")  # standard output is the result's
                    connection.execute(_QUERY.format(lines=self._file.fileno(), sums=sums.fileno()))
            except duckdb.Error as error:
                log.info("results by key are added up in Python, not by DuckDB: %s", str(error).partition("\n")[0])
                return None
        self._file.close()
        return _read(sums)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    yield from read_pieces(file)
    file.close()


def _close(file: IO[bytes]) -> None:
    with _writing():  # what could not be written is tried again
        file.close()


def _fits(payload: bytes) -> bool:
    return payload[:1] == b'"' and payload[-2:-1].isdigit() and b"\\" not in payload


def _writing() -> AbstractContextManager[None]:
    return writing(f"temporary files in {tempfile.gettempdir()}")
