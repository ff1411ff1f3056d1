"""The mapper and, with an argument, the reducer of a word count, as Hadoop streaming runs them: both sides use them."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import groupby


def mapper() -> None:
    """Count the words of standard input."""
    counted = Counter(sys.stdin.buffer.read().split())
    sys.stdout.buffer.writelines(b"%b\t%d\n" % item for item in counted.items())


def reducer() -> None:
    """Add up the numbers of each word, the lines of which come one after another."""
    rows = (line.rstrip(b"\n").split(b"\t") for line in sys.stdin.buffer)
    for word, group in groupby(rows, lambda row: row[0]):
        sys.stdout.buffer.write(b"%b\t%d\n" % (word, sum(int(row[1]) for row in group)))


if __name__ == "__main__":
    reducer() if sys.argv[1:] else mapper()
