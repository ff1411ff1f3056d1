"""What a competent person would write by hand: DuckDB adds up lines by their keys, and writes them in order."""

from __future__ import annotations

import sys
import tempfile

import duckdb

MERGE = """
COPY (
    SELECT key, sum(value) FROM read_csv(
        '{lines}', delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
        columns = {{'key': 'VARCHAR', 'value': 'BIGINT'}}
    ) GROUP BY key ORDER BY key
) TO '{sums}' (FORMAT csv, DELIMITER '\t', QUOTE '', ESCAPE '', HEADER false)
"""


def main(lines: str, sums: str) -> None:
    """Write a line with the sum of each key.

    :param lines: the pattern of the files with keys and numbers.
    :param sums: the file to write.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as spill,
        duckdb.connect(config={"memory_limit": "512MB", "threads": 2, "temp_directory": spill}) as connection,
    ):
        connection.execute(MERGE.format(lines=lines, sums=sums))


if __name__ == "__main__":
    main(*sys.argv[1:])
